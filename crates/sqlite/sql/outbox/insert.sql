INSERT INTO outbox (seq, kind, entity_id) VALUES (?1, ?2, ?3)
