DELETE FROM idempotency_keys
WHERE (user_id, key) IN (
    SELECT user_id, key
    FROM idempotency_keys
    WHERE claimed_at < $1
    ORDER BY claimed_at
    LIMIT $2
    FOR UPDATE SKIP LOCKED
)
