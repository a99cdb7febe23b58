INSERT INTO api_keys (id, user_id, name, prefix, permissions, created_at, expires_at, token_hash)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
