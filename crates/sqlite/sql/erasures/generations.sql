DELETE FROM generations WHERE conversation_id = ?1
