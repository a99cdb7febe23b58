WITH gone AS (
    DELETE FROM messages
    WHERE conversation_id = $1
    RETURNING octet_length(content) + coalesce(octet_length(parts), 0) + coalesce(octet_length(metadata), 0) AS bytes
)
SELECT count(*) AS "messages!", coalesce(sum(bytes), 0)::bigint AS "bytes!" FROM gone
