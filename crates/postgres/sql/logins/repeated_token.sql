SELECT l.id, l.user_id, l.label, l.created_at, l.used_at, l.expires_at
FROM refresh_tokens AS t
JOIN refresh_tokens AS n ON n.login_id = t.login_id
JOIN logins AS l ON l.id = t.login_id
WHERE t.token_hash = $1 AND t.used_at > $3 AND n.token_hash = $2 AND n.used_at IS NULL
