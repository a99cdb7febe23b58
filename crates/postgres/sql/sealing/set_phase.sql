UPDATE encryption_keys SET phase = $1
