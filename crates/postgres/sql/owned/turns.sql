SELECT id, parent_id, position, role, created_at
FROM messages
WHERE conversation_id = $1 AND user_id = $2
ORDER BY position
