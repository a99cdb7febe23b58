DELETE FROM generations WHERE message_id = ?1 AND (?2 IS NULL OR user_id = ?2)
