SELECT id, user_id, label, created_at, used_at, expires_at
FROM logins
WHERE id = $1 AND ($2::uuid IS NULL OR user_id = $2)
