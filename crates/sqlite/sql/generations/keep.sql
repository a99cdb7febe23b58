INSERT INTO generation_parts (message_id, start, content, kept_at)
SELECT message_id, ?2, ?3, ?4
FROM generations
WHERE message_id = ?1
ON CONFLICT (message_id, start) DO UPDATE SET content = excluded.content, kept_at = excluded.kept_at
