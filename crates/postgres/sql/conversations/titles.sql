SELECT id, title, active_at
FROM conversations
WHERE user_id = $1 AND status = $2
ORDER BY active_at DESC, id DESC
