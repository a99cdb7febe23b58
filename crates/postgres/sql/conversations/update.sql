UPDATE conversations
SET title = $2, summary = $3, status = $4, metadata = $5, updated_at = $6, summary_until = $7
WHERE id = $1
