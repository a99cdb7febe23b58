SELECT id
FROM memories
WHERE user_id = ?1 AND slot_key = ?2 AND superseded_by IS NULL AND content_key <> ?3
