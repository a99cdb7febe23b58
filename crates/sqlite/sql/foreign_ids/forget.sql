DELETE FROM foreign_ids WHERE entity_id = ?1
