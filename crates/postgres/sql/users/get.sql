SELECT id, name, role, time_zone, created_at
FROM users
WHERE id = $1 AND ($2::uuid IS NULL OR id = $2)
