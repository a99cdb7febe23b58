SELECT message_id, user_id, conversation_id, user_message_id, model, started_at
FROM generations
WHERE node = ?1
ORDER BY started_at, message_id
LIMIT ?2
