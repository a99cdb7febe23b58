INSERT INTO audit_log (id, at, user_id, act, object, detail)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (id) DO NOTHING
