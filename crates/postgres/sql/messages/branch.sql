WITH RECURSIVE line AS (
    SELECT id, parent_id, 1::bigint AS depth
    FROM messages
    WHERE id = $1 AND ($2::uuid IS NULL OR user_id = $2) AND $3::bigint > 0
    UNION ALL
    SELECT before.id, before.parent_id, line.depth + 1
    FROM line
    JOIN messages before ON before.id = line.parent_id AND ($2::uuid IS NULL OR before.user_id = $2)
    WHERE line.depth < $3::bigint
)
SELECT m.id, m.conversation_id, m.position, m.parent_id, m.role AS "role: Word<Role>", m.author, m.content, m.parts, m.tokens,
    m.model, m.status AS "status: Word<MessageStatus>", m.recall_score, m.metadata, m.created_at
FROM line
JOIN messages m ON m.id = line.id
ORDER BY line.depth DESC
