SELECT m.id, m.conversation_id, m.position, m.parent_id, m.role, m.author, m.content, m.parts, m.tokens, m.model, m.status,
    m.recall_score, m.metadata, m.created_at
FROM json_each(?1) asked
CROSS JOIN messages hit ON hit.id = unhex(asked.value)
CROSS JOIN conversations c ON c.id = hit.conversation_id
CROSS JOIN messages m ON m.conversation_id = hit.conversation_id
    AND m.position BETWEEN hit.position - ?3 AND hit.position + ?3
WHERE (?2 IS NULL OR hit.user_id = ?2) AND c.status <> 'deleted'
