UPDATE idempotency_keys SET finished = TRUE, resource_id = $3 WHERE user_id = $1 AND key = $2
