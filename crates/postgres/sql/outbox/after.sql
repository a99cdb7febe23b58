SELECT o.position, o.kind, o.entity_id,
    m.user_id AS "message_user?", m.conversation_id AS "conversation_id?", m.role AS "role?", m.model,
    m.created_at AS "message_created_at?", m.content AS "message_content?", m.status AS "conversation_status?",
    y.user_id AS "memory_user?", y.created_at AS "memory_created_at?", y.content AS "memory_content?", y.superseded_by
FROM (
    SELECT position, kind, entity_id
    FROM outbox
    WHERE position > $1
        AND position < $3
    ORDER BY position
    LIMIT $2
) AS o
LEFT JOIN LATERAL (
    SELECT m.user_id, m.conversation_id, m.role, m.model, m.created_at, m.content, c.status
    FROM messages m
    JOIN conversations c ON c.id = m.conversation_id
    WHERE o.kind = 1 AND m.id = o.entity_id
    LIMIT 1
) AS m ON true
LEFT JOIN LATERAL (
    SELECT user_id, created_at, content, superseded_by
    FROM memories
    WHERE o.kind = 2 AND id = o.entity_id
    LIMIT 1
) AS y ON true
ORDER BY o.position
