UPDATE logins SET used_at = ?2, expires_at = ?3
WHERE id = ?1
RETURNING id, user_id, label, created_at, used_at, expires_at
