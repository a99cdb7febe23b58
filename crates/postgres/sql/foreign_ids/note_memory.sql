WITH made AS (
    SELECT user_id, id FROM memories WHERE id = $1 AND user_id = $2
),
noted AS (
    INSERT INTO foreign_ids (user_id, source, kind, foreign_id, entity_id)
    SELECT user_id, $3, 3, $4, id FROM made
    ON CONFLICT (user_id, source, kind, foreign_id) DO NOTHING
    RETURNING entity_id
)
SELECT EXISTS (SELECT 1 FROM made) AS "found!", EXISTS (SELECT 1 FROM noted) AS "noted!"
