SELECT outbox_pruned FROM store_state WHERE id = 1
