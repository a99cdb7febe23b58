INSERT INTO audit_log (
    seq, id, at, user_id, subject_id, via, act, object, detail, salt, digest, previous_hash, hash
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
