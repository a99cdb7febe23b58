SELECT message_id
FROM generations
WHERE conversation_id = ?1 AND (?2 IS NULL OR user_id = ?2)
LIMIT 1
