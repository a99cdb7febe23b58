SELECT EXISTS (SELECT 1 FROM outbox WHERE position > $1) AS "behind!"
