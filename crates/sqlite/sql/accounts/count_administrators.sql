SELECT count(*)
FROM users AS u JOIN accounts AS a ON a.user_id = u.id
WHERE u.role = 'admin' AND a.disabled_at IS NULL
