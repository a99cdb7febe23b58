SELECT request_hash, resource_id, finished FROM idempotency_keys WHERE user_id = $1 AND key = $2
