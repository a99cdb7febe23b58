SELECT g.message_id, g.user_id, g.conversation_id, g.user_message_id, g.model,
    greatest(g.started_at, (SELECT max(p.kept_at) FROM generation_parts p WHERE p.message_id = g.message_id))
        AS "updated_at!",
    ARRAY(SELECT p.content FROM generation_parts p WHERE p.message_id = g.message_id ORDER BY p.start) AS "parts!"
FROM generations g
WHERE g.node = $1
ORDER BY g.started_at, g.message_id
LIMIT $2
