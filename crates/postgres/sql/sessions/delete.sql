WITH gone AS (
    DELETE FROM sessions WHERE id = $1 AND ($2::uuid IS NULL OR user_id = $2) RETURNING id
), forgotten AS (
    -- what it came from may come again
    DELETE FROM foreign_ids USING gone WHERE entity_id = gone.id
)
SELECT EXISTS (SELECT 1 FROM gone) AS "existed!"
