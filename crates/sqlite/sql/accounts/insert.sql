INSERT INTO accounts (user_id, password, password_changed_at, created_at) VALUES (?1, ?2, ?3, ?3)
