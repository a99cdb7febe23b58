UPDATE nodes SET has_left = 1 WHERE node = ?1
