SELECT count(*) AS "memories!"
FROM memories
WHERE id IN ($1, $2) AND ($3::uuid IS NULL OR user_id = $3)
