SELECT u.id, u.name, u.role, u.time_zone, u.created_at, a.password, a.password_changed_at, a.disabled_at, a.last_login_at,
    a.quota_messages, a.quota_tokens, a.quota_storage, a.created_at AS account_created_at
FROM accounts AS a JOIN users AS u ON u.id = a.user_id
WHERE a.user_id = ?1 AND (?2 IS NULL OR a.user_id = ?2)
