INSERT INTO foreign_ids (user_id, source, kind, foreign_id, entity_id)
SELECT user_id, ?3, 1, ?4, id
FROM sessions
WHERE id = ?1 AND user_id = ?2
