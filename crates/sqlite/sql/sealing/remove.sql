DELETE FROM encryption_keys WHERE key_id = ?1
