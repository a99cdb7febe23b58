-- the newest messages and, with the very newest, the head that they belong to: one way there and back
SELECT m.id, m.position, m.parent_id, m.role, m.author, m.content, m.parts, m.tokens, m.model, m.status, m.recall_score,
    m.metadata, m.created_at,
    CASE WHEN m.position = c.last_position THEN c.user_id END AS user_id,
    CASE WHEN m.position = c.last_position THEN c.session_id END AS session_id,
    CASE WHEN m.position = c.last_position THEN c.title END AS title,
    CASE WHEN m.position = c.last_position THEN c.summary END AS summary,
    CASE WHEN m.position = c.last_position THEN c.status END AS conversation_status,
    CASE WHEN m.position = c.last_position THEN c.message_count END AS message_count,
    CASE WHEN m.position = c.last_position THEN c.metadata END AS conversation_metadata,
    CASE WHEN m.position = c.last_position THEN c.created_at END AS begun_at,
    CASE WHEN m.position = c.last_position THEN c.updated_at END AS updated_at,
    CASE WHEN m.position = c.last_position THEN c.active_at END AS active_at,
    CASE WHEN m.position = c.last_position THEN c.summary_until END AS summary_until
FROM conversations c
CROSS JOIN LATERAL (
    SELECT * FROM messages WHERE conversation_id = c.id AND position <= c.last_position ORDER BY position DESC LIMIT $3
) AS m
WHERE c.id = $1 AND ($2::uuid IS NULL OR c.user_id = $2)
