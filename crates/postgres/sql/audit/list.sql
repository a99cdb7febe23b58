SELECT id, at, user_id, act, object, detail
FROM audit_log
WHERE user_id = $1 AND (at, id) < ($2, $3)
ORDER BY at DESC, id DESC
LIMIT $4
