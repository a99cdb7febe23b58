SELECT m.id, m.conversation_id, m.position, m.parent_id, m.role, m.author, m.content, m.parts, m.tokens, m.model, m.status,
    m.recall_score, m.metadata, m.created_at
FROM json_each(?1) stretch
CROSS JOIN conversations c ON c.id = unhex(stretch.value ->> 0) AND c.status <> 'deleted'
CROSS JOIN messages m ON m.conversation_id = c.id
    AND m.position BETWEEN stretch.value ->> 1 AND stretch.value ->> 2
