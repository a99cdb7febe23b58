DROP TABLE idempotency_keys;
DROP TABLE audit_log;
DROP TABLE index_positions;
DROP TABLE outbox;
