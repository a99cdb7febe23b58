WITH gone AS (
    DELETE FROM outbox
    WHERE position = ANY (ARRAY(
        SELECT position
        FROM outbox
        WHERE position <= (SELECT min(position) FROM index_positions WHERE updated_at >= $1)
        ORDER BY position
        LIMIT $2
        FOR UPDATE SKIP LOCKED
    ))
    RETURNING position
), noted AS (
    UPDATE store_state
    SET outbox_pruned = greatest(outbox_pruned, (SELECT max(position) FROM gone))
    WHERE EXISTS (SELECT 1 FROM gone)
)
SELECT count(*) AS "gone!" FROM gone
