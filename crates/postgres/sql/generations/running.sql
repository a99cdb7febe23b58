SELECT message_id, conversation_id, user_message_id, node
FROM generations
WHERE user_id = $1
ORDER BY message_id
LIMIT $2
