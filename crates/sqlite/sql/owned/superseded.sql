SELECT id FROM memories WHERE superseded_by = ?1
