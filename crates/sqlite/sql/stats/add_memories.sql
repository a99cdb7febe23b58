UPDATE user_stats
SET memories = memories + ?2, updated_at = max(coalesce(updated_at, ?3), ?3)
WHERE user_id = ?1
