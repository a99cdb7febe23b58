SELECT user_id FROM erasures ORDER BY requested_at, user_id
