UPDATE memories
SET superseded_by = $2, valid_to = $3, updated_at = $3
WHERE id = $1 AND superseded_by IS NULL
