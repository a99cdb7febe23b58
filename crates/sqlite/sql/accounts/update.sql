UPDATE accounts
SET password = coalesce(?2, password),
    password_changed_at = coalesce(?3, password_changed_at),
    last_login_at = coalesce(?4, last_login_at),
    disabled_at = CASE WHEN ?5 THEN ?6 ELSE disabled_at END,
    quota_messages = CASE WHEN ?7 THEN ?8 ELSE quota_messages END,
    quota_tokens = CASE WHEN ?7 THEN ?9 ELSE quota_tokens END,
    quota_storage = CASE WHEN ?7 THEN ?10 ELSE quota_storage END
WHERE user_id = ?1
