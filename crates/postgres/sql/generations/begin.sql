WITH other AS (
    SELECT message_id FROM generations WHERE conversation_id = $2
),
begun AS (
    INSERT INTO generations (message_id, user_id, conversation_id, user_message_id, node, started_at)
    SELECT $1, user_id, id, $3, $4, $5
    FROM conversations
    WHERE id = $2 AND NOT EXISTS (SELECT 1 FROM other)
    ON CONFLICT (message_id) DO NOTHING
    RETURNING message_id
)
SELECT EXISTS (SELECT 1 FROM other) AS "running!", EXISTS (SELECT 1 FROM begun) AS "begun!"
