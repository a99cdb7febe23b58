SELECT m.id, m.user_id, m.kind, m.category, m.content, m.importance, m.access_count, m.last_accessed_at, m.expires_at,
    m.valid_from, m.valid_to, m.superseded_by, m.metadata, m.created_at, m.updated_at, m.pinned,
    ARRAY(SELECT s.message_id FROM memory_sources s WHERE s.memory_id = m.id ORDER BY s.ordinal) AS "sources!"
FROM memories m
WHERE m.user_id = $1 AND (m.created_at, m.id) < ($2, $3)
    AND ($4 OR m.superseded_by IS NULL)
    AND ($5 OR m.pinned OR m.expires_at IS NULL OR m.expires_at > $6)
    AND ($7::text IS NULL OR m.kind = $7)
    AND ($8::text IS NULL OR m.category = $8)
    AND ($9::boolean IS NULL OR m.pinned = $9)
ORDER BY m.created_at DESC, m.id DESC
LIMIT $10
