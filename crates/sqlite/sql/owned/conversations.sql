SELECT id, user_id, session_id, title, summary, status, message_count, metadata, created_at, updated_at, active_at,
    summary_until
FROM conversations
WHERE user_id = ?1 AND (created_at, id) > (?2, ?3)
ORDER BY created_at, id
LIMIT ?4
