SELECT m.id, m.user_id, m.kind, m.category, m.content, m.importance, m.access_count, m.last_accessed_at, m.expires_at,
    m.valid_from, m.valid_to, m.superseded_by, m.metadata, m.created_at, m.updated_at, m.pinned,
    ARRAY(SELECT s.message_id FROM memory_sources s WHERE s.memory_id = m.id ORDER BY s.ordinal) AS "sources!",
    ARRAY(
        SELECT t.conversation_id
        FROM memory_sources s
        JOIN messages t ON t.id = s.message_id
        WHERE s.memory_id = m.id
        ORDER BY s.ordinal
    ) AS "conversations!",
    ARRAY(SELECT c.id FROM memories c WHERE c.superseded_by = m.id ORDER BY c.id) AS "supersedes!"
FROM (
    SELECT *, coalesce(sum(size) OVER (
        ORDER BY created_at, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ), 0) AS before
    FROM (
        SELECT *, octet_length(content) + coalesce(octet_length(metadata), 0) AS size
        FROM memories
        WHERE user_id = $1 AND (created_at, id) > ($2, $3)
        ORDER BY created_at, id
        LIMIT $4
    ) AS measured
) AS m
WHERE m.before < $5
ORDER BY m.created_at, m.id
