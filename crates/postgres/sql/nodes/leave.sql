UPDATE nodes SET has_left = TRUE WHERE node = $1
