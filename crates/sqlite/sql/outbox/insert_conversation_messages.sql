INSERT INTO outbox (seq, kind, entity_id)
SELECT ?2 + row_number() OVER (ORDER BY position), 1, id
FROM messages
WHERE conversation_id = ?1
