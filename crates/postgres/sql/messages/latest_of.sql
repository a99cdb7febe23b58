SELECT talk.id AS "conversation_id!", newest.id AS "message_id!"
FROM unnest($1::uuid[]) AS talk (id)
CROSS JOIN LATERAL (
    SELECT id FROM messages WHERE conversation_id = talk.id ORDER BY position DESC LIMIT 1
) AS newest
