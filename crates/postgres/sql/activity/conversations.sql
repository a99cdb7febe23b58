SELECT ((extract(epoch FROM created_at) * 1000000)::bigint + $4) / 86400000000 AS "day!", count(*) AS "conversations!"
FROM conversations
WHERE user_id = $1 AND created_at >= $2 AND created_at < $3
GROUP BY 1
ORDER BY 1
