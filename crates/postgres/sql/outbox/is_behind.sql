SELECT coalesce((SELECT position FROM outbox ORDER BY position DESC LIMIT 1) > $1, false) AS "behind!"
