DELETE FROM api_keys
WHERE id = $1 AND ($2::uuid IS NULL OR user_id = $2)
RETURNING id, user_id, name, prefix, permissions, created_at, expires_at, last_used_at
