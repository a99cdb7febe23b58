SELECT id, name, role, time_zone, created_at
FROM users
WHERE lower(name) = lower($1)
ORDER BY created_at, id
LIMIT 20
