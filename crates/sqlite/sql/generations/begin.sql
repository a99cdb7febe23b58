INSERT INTO generations (message_id, user_id, conversation_id, user_message_id, node, started_at)
SELECT ?1, user_id, id, ?3, ?4, ?5
FROM conversations
WHERE id = ?2 AND (?6 IS NULL OR user_id = ?6)
