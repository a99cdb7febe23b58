SELECT outbox_seq FROM store_state WHERE id = 1
