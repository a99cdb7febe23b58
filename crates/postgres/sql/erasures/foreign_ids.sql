DELETE FROM foreign_ids WHERE user_id = $1
