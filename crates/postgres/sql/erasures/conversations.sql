SELECT id
FROM (
    SELECT id, sum(message_count + 1) OVER (ORDER BY id) - (message_count + 1) AS before
    FROM (SELECT id, message_count FROM conversations WHERE user_id = $1 ORDER BY id LIMIT $2::bigint) AS first
) AS measured
WHERE before < $2::bigint
ORDER BY id
