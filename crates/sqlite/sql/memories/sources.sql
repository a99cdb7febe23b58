SELECT message_id FROM memory_sources WHERE memory_id = ?1 ORDER BY ordinal
