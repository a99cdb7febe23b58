DELETE FROM user_stats WHERE user_id = ?1
