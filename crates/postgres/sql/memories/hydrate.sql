SELECT m.id, m.user_id, m.kind, m.category, m.content, m.importance, m.access_count, m.last_accessed_at, m.expires_at,
    m.valid_from, m.valid_to, m.superseded_by, m.metadata, m.created_at, m.updated_at, m.pinned,
    ARRAY(SELECT s.message_id FROM memory_sources s WHERE s.memory_id = m.id ORDER BY s.ordinal) AS "sources!"
FROM unnest($1::uuid[]) WITH ORDINALITY AS asked (id, place)
JOIN memories m ON m.id = asked.id
WHERE ($2::uuid IS NULL OR m.user_id = $2)
    AND ($3::timestamptz IS NULL OR (
        m.superseded_by IS NULL AND (m.pinned OR m.expires_at IS NULL OR m.expires_at > $3)
    ))
ORDER BY asked.place
