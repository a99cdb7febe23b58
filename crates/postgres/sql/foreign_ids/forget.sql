DELETE FROM foreign_ids WHERE entity_id = ANY($1)
