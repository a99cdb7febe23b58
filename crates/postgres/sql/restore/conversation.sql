INSERT INTO conversations (id, user_id, session_id, title, summary, status, metadata, created_at, updated_at, active_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (id) DO NOTHING
