SELECT user_id, status, last_position
FROM conversations
WHERE id = ?1 AND (?2 IS NULL OR user_id = ?2)
