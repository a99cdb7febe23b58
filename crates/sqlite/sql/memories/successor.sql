SELECT superseded_by FROM memories WHERE id = ?1
