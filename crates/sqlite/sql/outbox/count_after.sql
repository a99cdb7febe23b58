SELECT count(*) FROM outbox WHERE seq > ?1
