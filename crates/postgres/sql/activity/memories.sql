SELECT ((extract(epoch FROM created_at) * 1000000)::bigint + $4) / 86400000000 AS "day!", category, count(*) AS "memories!"
FROM memories
WHERE user_id = $1 AND created_at >= $2 AND created_at < $3
GROUP BY 1, 2
ORDER BY 1, 2
