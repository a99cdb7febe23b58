SELECT id, name, role, time_zone, created_at
FROM users
WHERE name = $1
