SELECT id, model, dimension FROM vector_collections WHERE name = $1 FOR UPDATE
