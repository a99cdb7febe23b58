-- the newest messages and, with the very newest, the head that they belong to: one way there and back
SELECT m.id, m.position, m.parent_id, m.role AS "role: Word<Role>", m.author, m.content, m.parts, m.tokens, m.model,
    m.status AS "status: Word<MessageStatus>", m.recall_score, m.metadata, m.created_at,
    CASE WHEN m.position = c.last_position THEN
        ROW(c.id, c.user_id, c.session_id, c.title, c.summary, c.status, c.message_count, c.metadata, c.created_at,
            c.updated_at, c.active_at, c.summary_until)
    END AS "head?: Head"
FROM conversations c
CROSS JOIN LATERAL (
    SELECT * FROM messages WHERE conversation_id = c.id AND position <= c.last_position ORDER BY position DESC LIMIT $3
) AS m
WHERE c.id = $1 AND ($2::uuid IS NULL OR c.user_id = $2)
