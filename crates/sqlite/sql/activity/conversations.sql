SELECT (created_at + ?4) / 86400000000, count(*)
FROM conversations
WHERE user_id = ?1 AND created_at >= ?2 AND created_at < ?3
GROUP BY 1
ORDER BY 1
