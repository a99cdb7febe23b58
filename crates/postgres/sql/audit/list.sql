SELECT
    a.seq, a.id, a.at, a.user_id, u.name AS "actor_name?", a.subject_id, a.via, a.act, a.object, a.detail, a.salt, a.digest,
    a.previous_hash, a.hash, s.name AS "subject_name?"
FROM audit_log a LEFT JOIN users u ON u.id = a.user_id LEFT JOIN users s ON s.id = a.subject_id
WHERE a.seq < $1 AND a.at >= $2 AND a.at < $3
ORDER BY a.seq DESC
LIMIT $4
