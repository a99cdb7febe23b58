SELECT id, user_id, session_id, title, summary, status, message_count, metadata, created_at, updated_at, active_at,
    summary_until
FROM conversations
WHERE status = $1 AND (active_at, id) < ($2, $3)
ORDER BY active_at DESC, id DESC
LIMIT $4
