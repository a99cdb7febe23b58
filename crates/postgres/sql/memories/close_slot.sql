UPDATE memories
SET superseded_by = $4, valid_to = $5, updated_at = $5
WHERE user_id = $1 AND slot_key = $2 AND superseded_by IS NULL AND content_key <> $3
RETURNING id
