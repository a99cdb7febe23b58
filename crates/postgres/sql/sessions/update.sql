UPDATE sessions
SET name = $2, role = $3, goals = $4, template = $5, status = $6, metadata = $7, updated_at = $8
WHERE id = $1
RETURNING user_id
