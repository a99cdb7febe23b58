SELECT user_id, floor(extract(epoch FROM created_at) / 900)::bigint AS "quarter!", role, model, count(*) AS "messages!"
FROM messages
WHERE conversation_id = $1
GROUP BY 1, 2, 3, 4
