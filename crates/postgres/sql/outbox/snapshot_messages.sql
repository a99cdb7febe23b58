SELECT m.id, m.user_id, m.conversation_id, m.role, m.model, m.created_at, m.content
FROM messages m
JOIN LATERAL (
    SELECT 1 AS one FROM conversations WHERE id = m.conversation_id AND status <> 'deleted' LIMIT 1
) AS shown ON true
WHERE m.id > $1
ORDER BY m.id
LIMIT $2
