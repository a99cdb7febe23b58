DELETE FROM vector_collections WHERE name = $1 RETURNING id
