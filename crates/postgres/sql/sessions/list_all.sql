SELECT id, name, role, goals, template, status, metadata, created_at, updated_at
FROM sessions
WHERE (created_at, id) < ($1, $2)
ORDER BY created_at DESC, id DESC
LIMIT $3
