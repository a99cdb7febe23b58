UPDATE vector_collections SET position = 0, documents = 0 WHERE id = $1
