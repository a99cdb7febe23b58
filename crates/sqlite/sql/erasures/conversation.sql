SELECT id, message_count FROM conversations WHERE user_id = ?1 LIMIT 1
