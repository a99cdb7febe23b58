WITH taken AS (
    SELECT user_id, sum(bytes) AS bytes
    FROM (
        SELECT user_id, length(content) + coalesce(length(parts), 0) + coalesce(length(metadata), 0) AS bytes FROM messages
        UNION ALL
        SELECT user_id, length(content) + coalesce(length(metadata), 0) FROM memories
        UNION ALL
        SELECT user_id, length(title) + coalesce(length(summary), 0) + coalesce(length(metadata), 0) FROM conversations
        UNION ALL
        SELECT user_id, length(name) + coalesce(length(role), 0) + coalesce(length(goals), 0) + coalesce(length(template), 0)
            + coalesce(length(metadata), 0)
        FROM sessions
    ) AS texts
    GROUP BY user_id
)
UPDATE user_stats SET bytes = coalesce((SELECT taken.bytes FROM taken WHERE taken.user_id = user_stats.user_id), 0)
