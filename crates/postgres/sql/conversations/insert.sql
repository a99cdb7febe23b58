WITH found AS (
    SELECT EXISTS (SELECT 1 FROM users WHERE id = $2) AS owner_there,
        $3::uuid IS NULL
            OR EXISTS (SELECT 1 FROM sessions WHERE id = $3 AND ($8::uuid IS NULL OR user_id = $8)) AS session_there
), added AS (
    INSERT INTO conversations (id, user_id, session_id, title, status, metadata, created_at, updated_at, active_at)
    SELECT $1, $2, $3, $4, $5, $6, $7, $7, $7
    FROM found
    WHERE found.owner_there AND found.session_there
    ON CONFLICT DO NOTHING
    RETURNING id
)
SELECT found.owner_there AS "owner_there!", found.session_there AS "session_there!",
    EXISTS (SELECT 1 FROM added) AS "added!"
FROM found
