INSERT INTO vector_collections (name, model, dimension) VALUES ($1, $2, $3) RETURNING id
