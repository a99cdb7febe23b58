SELECT id, name, role, goals, template, status, metadata, created_at, updated_at
FROM (
    SELECT *, coalesce(sum(size) OVER (
        ORDER BY created_at, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ), 0) AS before
    FROM (
        SELECT *, octet_length(name) + coalesce(octet_length(role), 0) + coalesce(octet_length(goals), 0)
            + coalesce(octet_length(template), 0) + coalesce(octet_length(metadata), 0) AS size
        FROM sessions
        WHERE user_id = $1 AND (created_at, id) > ($2, $3)
        ORDER BY created_at, id
        LIMIT $4
    ) AS measured
) AS page
WHERE before < $5
ORDER BY created_at, id
