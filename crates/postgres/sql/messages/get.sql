SELECT id, conversation_id, position, parent_id, role AS "role: Word<Role>", author, content, parts, tokens, model,
    status AS "status: Word<MessageStatus>", recall_score, metadata, created_at
FROM messages
WHERE id = $1 AND ($2::uuid IS NULL OR user_id = $2)
