SELECT id, user_id, name, prefix, permissions, created_at, expires_at, last_used_at
FROM api_keys
WHERE token_hash = $1
