INSERT INTO memory_sources (memory_id, ordinal, message_id)
SELECT $1, s.place - 1, s.message_id
FROM unnest($2::uuid[]) WITH ORDINALITY AS s (message_id, place)
