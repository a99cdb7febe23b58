INSERT INTO audit_head (id, seq, hash) VALUES (1, ?1, ?2)
ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash
