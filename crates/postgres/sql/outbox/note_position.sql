INSERT INTO index_positions (node, index_name, position, updated_at)
VALUES ($1, $2, $3, $4)
ON CONFLICT (node, index_name) DO UPDATE SET position = excluded.position, updated_at = excluded.updated_at
