DELETE FROM memories WHERE id IN (SELECT id FROM memories WHERE user_id = ?1 LIMIT ?2) RETURNING id
