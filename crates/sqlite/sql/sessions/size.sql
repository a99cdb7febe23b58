SELECT user_id, length(name) + coalesce(length(role), 0) + coalesce(length(goals), 0) + coalesce(length(template), 0)
    + coalesce(length(metadata), 0)
FROM sessions
WHERE id = ?1
