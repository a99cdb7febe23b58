INSERT INTO memory_sources (memory_id, ordinal, message_id)
SELECT $1, coalesce(max(ordinal), -1) + 1, $2
FROM memory_sources
WHERE memory_id = $1
