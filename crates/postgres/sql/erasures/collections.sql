DELETE FROM collections WHERE user_id = $1
