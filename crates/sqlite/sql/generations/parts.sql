SELECT content, kept_at FROM generation_parts WHERE message_id = ?1 ORDER BY start
