SELECT l.id, l.user_id, l.label, l.created_at, l.used_at, l.expires_at
FROM refresh_tokens AS t JOIN logins AS l ON l.id = t.login_id
WHERE t.token_hash = ?1 AND t.used_at IS NOT NULL
