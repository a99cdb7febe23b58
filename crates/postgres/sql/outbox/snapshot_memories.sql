SELECT id, user_id, created_at, content
FROM memories
WHERE id > $1 AND superseded_by IS NULL
ORDER BY id
LIMIT $2
