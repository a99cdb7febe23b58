SELECT id, conversation_id, position, parent_id, role, author, content, parts, tokens, model, status, recall_score, metadata,
    created_at
FROM messages
WHERE id = $1 AND ($2::uuid IS NULL OR user_id = $2)
