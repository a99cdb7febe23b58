-- after a move to a server that counts its transactions from less, numbers go on behind those that were given
WITH top AS (
    SELECT greatest(
        outbox_pruned,
        coalesce((SELECT max(position) FROM outbox), 0),
        coalesce((SELECT max(position) FROM index_positions), 0)
    ) >> 22 AS given
    FROM store_state
)
UPDATE store_state
SET outbox_offset = top.given + 1 - pg_snapshot_xmax(pg_current_snapshot())::text::bigint
FROM top
WHERE top.given >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint + outbox_offset
