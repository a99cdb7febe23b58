SELECT id, user_id, session_id, title, summary, status, message_count, metadata, created_at, updated_at, active_at,
    summary_until
FROM (
    SELECT *, coalesce(sum(size) OVER (
        ORDER BY created_at, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ), 0) AS before
    FROM (
        SELECT *, octet_length(title) + coalesce(octet_length(summary), 0) + coalesce(octet_length(metadata), 0) AS size
        FROM conversations
        WHERE user_id = $1 AND (created_at, id) > ($2, $3)
        ORDER BY created_at, id
        LIMIT $4
    ) AS measured
) AS page
WHERE before < $5
ORDER BY created_at, id
