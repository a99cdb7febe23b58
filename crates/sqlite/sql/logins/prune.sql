DELETE FROM logins WHERE id IN (SELECT id FROM logins WHERE expires_at <= ?1 LIMIT ?2)
