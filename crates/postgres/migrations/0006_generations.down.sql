DROP TABLE generation_parts;
DROP TABLE generations;
-- An older program knows no answers that were stopped,
UPDATE messages SET status = 'interrupted' WHERE status = 'stopped';
-- and would replay an answer as if it were what was said: its request is new again instead.
DELETE FROM idempotency_keys
WHERE EXISTS (SELECT 1 FROM messages WHERE id = resource_id AND role = 'assistant');
