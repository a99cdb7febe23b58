SELECT conversations_open + conversations_archived + conversations_deleted AS "conversations!", messages, memories, tokens,
    bytes, updated_at
FROM user_stats
WHERE user_id = $1
