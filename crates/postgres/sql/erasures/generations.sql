DELETE FROM generations WHERE conversation_id = ANY($1)
