SELECT 1 FROM messages WHERE id = ?1 AND user_id = ?2
