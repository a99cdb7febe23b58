UPDATE vector_collections SET position = greatest(position, $2), documents = documents + $3 WHERE id = $1 RETURNING id
