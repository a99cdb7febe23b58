SELECT m.id, m.conversation_id, m.position, m.parent_id, m.role AS "role: Word<Role>", m.author, m.content, m.parts, m.tokens,
    m.model, m.status AS "status: Word<MessageStatus>", m.recall_score, m.metadata, m.created_at
FROM unnest($1::uuid[]) WITH ORDINALITY AS asked (id, place)
JOIN messages m ON m.id = asked.id AND ($2::uuid IS NULL OR m.user_id = $2)
JOIN conversations c ON c.id = m.conversation_id AND c.status <> 'deleted'
ORDER BY asked.place
