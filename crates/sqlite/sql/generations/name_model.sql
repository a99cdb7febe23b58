UPDATE generations SET model = ?2 WHERE message_id = ?1
