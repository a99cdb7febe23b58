INSERT INTO memories (id, user_id, kind, category, content, content_key, importance, expires_at, valid_from, metadata,
    created_at, updated_at, slot_key)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $10, $9, $10, $10, $11)
ON CONFLICT (id) DO NOTHING
