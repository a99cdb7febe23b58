SELECT user_id FROM user_stats WHERE user_id = $1 FOR NO KEY UPDATE
