SELECT created_at, role, model FROM messages WHERE conversation_id = ?1
