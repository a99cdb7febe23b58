SELECT CASE $2::text
    WHEN 'open' THEN conversations_open
    WHEN 'archived' THEN conversations_archived
    ELSE conversations_deleted
END AS "conversations!"
FROM user_stats
WHERE user_id = $1
