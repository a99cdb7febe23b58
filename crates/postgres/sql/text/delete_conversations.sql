DELETE FROM text_documents WHERE conversation_id = ANY($1)
