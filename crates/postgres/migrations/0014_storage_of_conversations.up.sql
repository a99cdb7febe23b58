-- What the heads of somebody's conversations take as they are stored counts for their quota, too.
WITH heads AS (
    SELECT user_id, sum(length(title) + coalesce(length(summary), 0) + coalesce(length(metadata), 0)) AS bytes
    FROM conversations
    GROUP BY user_id
)
UPDATE user_stats SET bytes = bytes + coalesce((SELECT heads.bytes FROM heads WHERE heads.user_id = user_stats.user_id), 0);
