SELECT id, name, role, goals, template, status, metadata, created_at, updated_at
FROM sessions
WHERE user_id = $1 AND (created_at, id) < ($2, $3)
ORDER BY created_at DESC, id DESC
LIMIT $4
