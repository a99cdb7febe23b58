SELECT m.id, m.user_id, m.conversation_id, m.role, m.model, m.created_at, m.content
FROM messages m
CROSS JOIN conversations c ON c.id = m.conversation_id
WHERE m.id > ?1 AND c.status <> 'deleted'
ORDER BY m.id
LIMIT ?2
