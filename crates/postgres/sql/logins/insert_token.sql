INSERT INTO refresh_tokens (token_hash, login_id, expires_at) VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING
