SELECT outbox_pruned AS pruned,
    coalesce((SELECT position FROM outbox WHERE position < $1 ORDER BY position DESC LIMIT 1), 0) AS "readable!",
    coalesce((SELECT position FROM outbox ORDER BY position DESC LIMIT 1), 0) AS "written!"
FROM store_state
