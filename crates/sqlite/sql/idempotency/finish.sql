UPDATE idempotency_keys SET finished = 1, resource_id = ?3 WHERE user_id = ?1 AND key = ?2
