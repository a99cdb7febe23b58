SELECT min(position) FROM index_positions WHERE updated_at >= ?1
