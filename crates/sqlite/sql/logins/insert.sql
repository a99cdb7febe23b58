INSERT INTO logins (id, user_id, label, created_at, used_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
