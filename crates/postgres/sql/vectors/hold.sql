SELECT position FROM vector_collections WHERE id = $1 FOR UPDATE
