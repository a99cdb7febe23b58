DELETE FROM vector_documents WHERE collection = $1 AND tags && $2::text[]
