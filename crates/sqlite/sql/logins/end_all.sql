DELETE FROM logins WHERE user_id = ?1 AND (?2 IS NULL OR id <> ?2)
