WITH place AS (
    SELECT user_id, id FROM conversations WHERE id = $2 AND ($6::uuid IS NULL OR user_id = $6)
),
begun AS (
    INSERT INTO generations (message_id, user_id, conversation_id, user_message_id, node, started_at)
    SELECT $1, user_id, id, $3, $4, $5 FROM place
    ON CONFLICT (message_id) DO NOTHING
    RETURNING message_id
)
SELECT EXISTS (SELECT 1 FROM place) AS "found!", EXISTS (SELECT 1 FROM begun) AS "begun!"
