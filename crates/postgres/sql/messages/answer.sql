SELECT m.id, m.conversation_id, m.position, m.parent_id, m.role AS "role: Word<Role>", m.author, m.content, m.parts, m.tokens,
    m.model, m.status AS "status: Word<MessageStatus>", m.recall_score, m.metadata, m.created_at
FROM messages m
JOIN conversations c ON c.id = m.conversation_id AND c.status <> 'deleted'
WHERE m.parent_id = $1 AND m.role = 'assistant' AND m.status <> 'interrupted' AND ($2::uuid IS NULL OR m.user_id = $2)
ORDER BY m.position
LIMIT 1
