SELECT id, at, user_id, act, object, detail
FROM audit_log
WHERE (at, id) < ($1, $2)
ORDER BY at DESC, id DESC
LIMIT $3
