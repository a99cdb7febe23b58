SELECT id, user_id, session_id, title, summary, status, message_count, metadata, created_at, updated_at, active_at,
    summary_until
FROM conversations
WHERE session_id = $1 AND status = $2 AND (active_at, id) < ($3, $4) AND ($5::uuid IS NULL OR user_id = $5)
ORDER BY active_at DESC, id DESC
LIMIT $6
