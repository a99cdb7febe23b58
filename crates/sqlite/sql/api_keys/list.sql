SELECT id, user_id, name, prefix, permissions, created_at, expires_at, last_used_at
FROM api_keys
WHERE user_id = ?1
ORDER BY created_at DESC, id DESC
LIMIT ?2
