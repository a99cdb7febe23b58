UPDATE memories
SET kind = $2, category = $3, content = $4, content_key = $5, importance = $6, expires_at = $7, metadata = $8, pinned = $10,
    updated_at = $9
WHERE id = $1
