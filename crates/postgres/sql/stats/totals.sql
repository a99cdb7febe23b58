SELECT count(*) AS "users!",
    coalesce(sum(conversations_open + conversations_archived + conversations_deleted), 0)::bigint AS "conversations!",
    coalesce(sum(messages), 0)::bigint AS "messages!",
    coalesce(sum(memories), 0)::bigint AS "memories!",
    pg_database_size(current_database()) AS "bytes!"
FROM user_stats
