SELECT id, conversation_id FROM messages WHERE id = ANY ($1::uuid[])
