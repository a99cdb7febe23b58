ALTER TABLE store_state DROP COLUMN outbox_pruned;
DROP TABLE moves;
