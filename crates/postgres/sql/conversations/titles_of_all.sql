SELECT id, title, active_at
FROM conversations
WHERE status = $1
ORDER BY active_at DESC, id DESC
