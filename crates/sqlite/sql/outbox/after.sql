SELECT o.seq, o.kind, o.entity_id,
    m.user_id, m.conversation_id, m.role, m.model, m.created_at, m.content, c.status,
    y.user_id, y.created_at, y.content, y.superseded_by
FROM outbox o
LEFT JOIN messages m ON o.kind = 1 AND m.id = o.entity_id
LEFT JOIN conversations c ON c.id = m.conversation_id
LEFT JOIN memories y ON o.kind = 2 AND y.id = o.entity_id
WHERE o.seq > ?1
ORDER BY o.seq
LIMIT ?2
