WITH added AS (
    INSERT INTO users (id, name, role, created_at)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT DO NOTHING
    RETURNING id, name, role, time_zone, created_at
), counted AS (
    INSERT INTO user_stats (user_id) SELECT id FROM added
)
SELECT id, name, role, time_zone, created_at FROM added
