INSERT INTO invites (id, role, created_by, created_at, expires_at, token_hash) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING
