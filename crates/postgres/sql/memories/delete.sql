DELETE FROM memories
WHERE id = ANY($1) AND ($2::uuid IS NULL OR user_id = $2)
RETURNING id, user_id, superseded_by, (octet_length(content) + coalesce(octet_length(metadata), 0))::bigint AS "bytes!"
