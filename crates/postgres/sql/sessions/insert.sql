WITH owner AS (
    SELECT EXISTS (SELECT 1 FROM users WHERE id = $2) AS there
), added AS (
    INSERT INTO sessions (id, user_id, name, role, goals, template, status, metadata, created_at, updated_at)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $9
    FROM owner
    WHERE owner.there
    ON CONFLICT DO NOTHING
    RETURNING id
)
SELECT owner.there AS "owner_there!", EXISTS (SELECT 1 FROM added) AS "added!" FROM owner
