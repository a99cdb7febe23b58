SELECT count(*)
FROM conversations
WHERE session_id = $1 AND status = $2 AND ($3::uuid IS NULL OR user_id = $3)
