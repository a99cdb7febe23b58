WITH hit AS MATERIALIZED (
    SELECT found.conversation_id, found.position
    FROM json_each(?1) asked
    CROSS JOIN messages found ON found.id = unhex(asked.value)
    CROSS JOIN conversations c ON c.id = found.conversation_id
    WHERE (?2 IS NULL OR found.user_id = ?2) AND c.status <> 'deleted'
), place AS MATERIALIZED (
    -- surroundings overlap: every row is read once
    SELECT DISTINCT hit.conversation_id, hit.position + away.value AS position
    FROM hit
    CROSS JOIN json_each(?3) away
)
SELECT m.id, m.conversation_id, m.position, m.parent_id, m.role, m.author, m.content, m.parts, m.tokens, m.model, m.status,
    m.recall_score, m.metadata, m.created_at
FROM place
CROSS JOIN messages m ON m.conversation_id = place.conversation_id AND m.position = place.position
