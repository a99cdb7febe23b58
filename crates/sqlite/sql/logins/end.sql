DELETE FROM logins WHERE id = ?1 AND (?2 IS NULL OR user_id = ?2)
