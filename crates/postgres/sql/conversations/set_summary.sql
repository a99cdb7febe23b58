WITH held AS (
    SELECT id, coalesce(octet_length(summary), 0) AS bytes, summary IS NULL OR summary_until IS NOT NULL AS is_ours
    FROM conversations
    WHERE id = $1 AND ($2::uuid IS NULL OR user_id = $2)
    FOR NO KEY UPDATE
), found AS (
    SELECT EXISTS (SELECT 1 FROM messages WHERE id = $4 AND conversation_id = $1) AS said
), kept AS (
    UPDATE conversations AS c
    SET summary = $3, summary_until = $4
    FROM held, found
    WHERE c.id = held.id AND held.is_ours AND found.said
    RETURNING c.user_id, octet_length(c.summary) - held.bytes AS bytes
)
SELECT EXISTS (SELECT 1 FROM held) AS "there!", found.said AS "said!", kept.user_id AS "user_id?",
    kept.bytes::bigint AS "bytes?"
FROM found
LEFT JOIN kept ON true
