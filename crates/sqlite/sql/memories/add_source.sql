INSERT INTO memory_sources (memory_id, ordinal, message_id) VALUES (?1, ?2, ?3)
