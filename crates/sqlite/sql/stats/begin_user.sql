INSERT INTO user_stats (user_id) VALUES (?1)
