SELECT id FROM messages WHERE user_id = ?1 AND foreign_source = ?2 AND foreign_id = ?3
