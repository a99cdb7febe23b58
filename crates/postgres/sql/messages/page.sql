SELECT id, conversation_id, position, parent_id, role AS "role: Word<Role>", author, content, parts, tokens, model,
    status AS "status: Word<MessageStatus>", recall_score, metadata, created_at
FROM messages
WHERE conversation_id = $1 AND position < $2 AND ($3::timestamptz IS NULL OR created_at >= $3)
ORDER BY position DESC
LIMIT $4
