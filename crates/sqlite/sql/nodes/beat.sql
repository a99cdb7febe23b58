INSERT INTO nodes (node, beats, seen_at)
VALUES (?1, 1, ?2)
ON CONFLICT (node) DO UPDATE SET beats = beats + 1, seen_at = excluded.seen_at, has_left = 0
RETURNING beats > 1
