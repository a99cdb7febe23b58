SELECT id, user_id, session_id, title, summary, status, message_count, metadata, created_at, updated_at, active_at,
    summary_until
FROM conversations
WHERE user_id = $1 AND status = $2 AND (active_at, id) < ($3, $4)
ORDER BY active_at DESC, id DESC
LIMIT $5
