-- every place is looked up once, however much the surroundings overlap
WITH wanted AS (
    SELECT DISTINCT found.conversation_id, place
    FROM unnest($1::uuid[]) AS asked (id)
    JOIN messages found ON found.id = asked.id AND ($2::uuid IS NULL OR found.user_id = $2)
    JOIN conversations c ON c.id = found.conversation_id AND c.status <> 'deleted'
    CROSS JOIN generate_series(found.position - $3::bigint, found.position + $3::bigint) AS place
)
SELECT m.id, m.conversation_id, m.position, m.parent_id, m.role AS "role: Word<Role>", m.author, m.content, m.parts, m.tokens,
    m.model, m.status AS "status: Word<MessageStatus>", m.recall_score, m.metadata, m.created_at
FROM wanted
-- one by one: whatever is guessed of their number, all messages are never walked through
CROSS JOIN LATERAL (
    SELECT * FROM messages WHERE conversation_id = wanted.conversation_id AND position = wanted.place LIMIT 1
) AS m
ORDER BY m.conversation_id, m.position
