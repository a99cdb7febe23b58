SELECT length(content) + coalesce(length(metadata), 0) FROM memories WHERE id = ?1
