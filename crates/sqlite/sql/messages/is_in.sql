SELECT 1 FROM messages WHERE id = ?1 AND conversation_id = ?2
