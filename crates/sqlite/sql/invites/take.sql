DELETE FROM invites
WHERE token_hash = ?1
RETURNING id, role, created_by, created_at, expires_at
