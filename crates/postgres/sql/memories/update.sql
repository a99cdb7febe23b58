WITH held AS (
    SELECT id, (octet_length(content) + coalesce(octet_length(metadata), 0))::bigint AS bytes
    FROM memories
    WHERE id = $1
    FOR UPDATE
)
UPDATE memories AS m
SET kind = $2, category = $3, content = $4, content_key = $5, importance = $6, expires_at = $7, metadata = $8, pinned = $10,
    updated_at = $9
FROM held
WHERE m.id = held.id
RETURNING held.bytes AS "bytes!"
