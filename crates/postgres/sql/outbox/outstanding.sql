SELECT
    (SELECT count(*) FROM outbox WHERE position > $1)
    + (SELECT (outbox_pruned > $1)::integer FROM store_state WHERE id = 1) AS "changes!"
