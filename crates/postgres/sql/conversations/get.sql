SELECT id, user_id, session_id, title, summary, status, message_count, metadata, created_at, updated_at, active_at,
    summary_until
FROM conversations
WHERE id = $1 AND ($2::uuid IS NULL OR user_id = $2)
