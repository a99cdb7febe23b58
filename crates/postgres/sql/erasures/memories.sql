DELETE FROM memories WHERE id IN (SELECT id FROM memories WHERE user_id = $1 ORDER BY id LIMIT $2) RETURNING id
