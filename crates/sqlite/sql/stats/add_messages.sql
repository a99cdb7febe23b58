UPDATE user_stats
SET messages = messages + ?2, tokens = tokens + ?3, updated_at = max(coalesce(updated_at, ?4), ?4)
WHERE user_id = ?1
