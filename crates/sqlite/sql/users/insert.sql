INSERT INTO users (id, name, role, created_at)
VALUES (?1, ?2, ?3, ?4)
RETURNING id, name, role, time_zone, created_at
