SELECT (quarter + $4) / 96 AS "day!", role, model, sum(messages)::bigint AS "messages!", sum(tokens)::bigint AS "tokens!"
FROM activity
WHERE user_id = $1 AND quarter >= $2 AND quarter < $3
GROUP BY 1, 2, 3
HAVING sum(messages) <> 0 OR sum(tokens) <> 0
ORDER BY 1, 2, 3
