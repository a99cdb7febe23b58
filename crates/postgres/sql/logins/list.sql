SELECT id, user_id, label, created_at, used_at, expires_at
FROM logins
WHERE user_id = $1 AND expires_at > $2
ORDER BY created_at DESC, id DESC
LIMIT $3
