SELECT id, message_count FROM conversations WHERE id = ANY($1) ORDER BY id FOR UPDATE
