DELETE FROM logins WHERE user_id = $1 AND ($2::uuid IS NULL OR id <> $2)
