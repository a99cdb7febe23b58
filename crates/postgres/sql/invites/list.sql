SELECT id, role, created_by, created_at, expires_at
FROM invites
WHERE expires_at > $1
ORDER BY created_at DESC, id DESC
LIMIT $2
