UPDATE users
SET name = coalesce(?2, name), role = coalesce(?3, role), time_zone = coalesce(?4, time_zone)
WHERE id = ?1 AND id IN (SELECT user_id FROM accounts WHERE user_id = ?1)
