-- one after the other: positions have no gaps
SELECT user_id, status, last_position
FROM conversations
WHERE id = $1 AND ($2::uuid IS NULL OR user_id = $2)
FOR NO KEY UPDATE
