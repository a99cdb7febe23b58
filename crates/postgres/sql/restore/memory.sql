INSERT INTO memories (id, user_id, kind, category, content, content_key, importance, access_count, last_accessed_at,
    expires_at, valid_from, valid_to, superseded_by, metadata, created_at, updated_at, slot_key, pinned)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
ON CONFLICT (id) DO NOTHING
