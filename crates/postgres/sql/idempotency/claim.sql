INSERT INTO idempotency_keys (user_id, key, request_hash, resource_id, claimed_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (user_id, key) DO NOTHING
