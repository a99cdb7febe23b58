SELECT position, documents FROM vector_collections WHERE id = $1
