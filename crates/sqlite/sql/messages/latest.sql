SELECT id FROM messages WHERE conversation_id = ?1 ORDER BY position DESC LIMIT 1
