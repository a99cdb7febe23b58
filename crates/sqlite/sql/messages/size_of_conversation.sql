SELECT sum(length(content) + coalesce(length(parts), 0) + coalesce(length(metadata), 0))
FROM messages
WHERE conversation_id = ?1
