SELECT key_id, secret, phase, since FROM encryption_keys ORDER BY since, key_id
