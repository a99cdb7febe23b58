DELETE FROM erasures WHERE user_id = $1
