SELECT name FROM vector_collections ORDER BY name
