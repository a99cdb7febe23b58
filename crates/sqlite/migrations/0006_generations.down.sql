DROP TABLE generation_parts;
DROP TABLE generations;
-- A key would replay an answer as if it were what was said: its request is new again instead.
DELETE FROM idempotency_keys
WHERE resource_id IN (SELECT id FROM messages WHERE role = 'assistant');
