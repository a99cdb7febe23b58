DELETE FROM memories
WHERE id = ?1 AND (?2 IS NULL OR user_id = ?2)
RETURNING user_id, length(content) + coalesce(length(metadata), 0)
