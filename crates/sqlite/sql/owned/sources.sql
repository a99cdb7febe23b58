SELECT m.conversation_id, m.id
FROM memory_sources s
JOIN messages m ON m.id = s.message_id
WHERE s.memory_id = ?1
ORDER BY s.ordinal
