SELECT DISTINCT s.memory_id
FROM messages m
JOIN memory_sources s ON s.message_id = m.id
WHERE m.conversation_id = $1
    AND NOT EXISTS (
        SELECT 1
        FROM memory_sources other
        JOIN messages n ON n.id = other.message_id
        WHERE other.memory_id = s.memory_id AND n.conversation_id <> $1
    )
ORDER BY s.memory_id
