-- locked in the order of ids, so that nobody waits in a circle
SELECT id, user_id, status, last_position
FROM conversations
WHERE id = ANY ($1::uuid[]) AND ($2::uuid IS NULL OR user_id = $2)
ORDER BY id
FOR NO KEY UPDATE
