UPDATE memories
SET access_count = access_count + 1, last_accessed_at = max(coalesce(last_accessed_at, ?3), ?3)
WHERE id = ?1 AND (?2 IS NULL OR user_id = ?2)
