WITH gone AS (
    DELETE FROM sessions
    WHERE id = $1 AND ($2::uuid IS NULL OR user_id = $2)
    RETURNING id, user_id, octet_length(name) + coalesce(octet_length(role), 0) + coalesce(octet_length(goals), 0)
        + coalesce(octet_length(template), 0) + coalesce(octet_length(metadata), 0) AS bytes
), forgotten AS (
    -- what it came from may come again
    DELETE FROM foreign_ids USING gone WHERE entity_id = gone.id
)
SELECT user_id, bytes::bigint AS "bytes!" FROM gone
