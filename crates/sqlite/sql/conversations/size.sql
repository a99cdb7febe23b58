SELECT user_id, length(title) + coalesce(length(summary), 0) + coalesce(length(metadata), 0)
FROM conversations
WHERE id = ?1
