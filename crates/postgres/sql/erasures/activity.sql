DELETE FROM activity WHERE user_id = $1
