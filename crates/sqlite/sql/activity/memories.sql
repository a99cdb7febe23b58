SELECT (created_at + ?4) / 86400000000, category, count(*)
FROM memories
WHERE user_id = ?1 AND created_at >= ?2 AND created_at < ?3
GROUP BY 1, 2
ORDER BY 1, 2
