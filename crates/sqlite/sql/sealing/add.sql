INSERT INTO encryption_keys (key_id, secret, phase, since) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (key_id) DO NOTHING
