SELECT u.id, u.name, u.role, u.time_zone, u.created_at, a.password, a.password_changed_at, a.disabled_at, a.last_login_at,
    a.quota_messages, a.quota_tokens, a.quota_storage, a.created_at AS account_created_at
FROM users AS u JOIN accounts AS a ON a.user_id = u.id
WHERE lower(u.name) = lower(?1)
ORDER BY u.name <> ?1, u.created_at, u.id
LIMIT 1
