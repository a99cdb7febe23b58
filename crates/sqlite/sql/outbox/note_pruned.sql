UPDATE store_state
SET outbox_pruned = max(outbox_pruned, min(?1, coalesce((SELECT min(seq) - 1 FROM outbox), ?1)))
WHERE id = 1
