SELECT entity_id FROM foreign_ids WHERE user_id = ?1 AND source = ?2 AND kind = ?3 AND foreign_id = ?4
