SELECT id, name, role, goals, template, status, metadata, created_at, updated_at
FROM sessions
WHERE id = $1 AND ($2::uuid IS NULL OR user_id = $2)
FOR NO KEY UPDATE
