DELETE FROM logins WHERE id = $1 AND ($2::uuid IS NULL OR user_id = $2)
