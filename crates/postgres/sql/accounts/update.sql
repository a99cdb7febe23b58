UPDATE accounts
SET password = coalesce($2::text, password),
    password_changed_at = coalesce($3, password_changed_at),
    last_login_at = coalesce($4, last_login_at),
    disabled_at = CASE WHEN $5::boolean THEN $6::timestamptz ELSE disabled_at END,
    quota_messages = CASE WHEN $7::boolean THEN $8::bigint ELSE quota_messages END,
    quota_tokens = CASE WHEN $7::boolean THEN $9::bigint ELSE quota_tokens END,
    quota_storage = CASE WHEN $7::boolean THEN $10::bigint ELSE quota_storage END
WHERE user_id = $1
