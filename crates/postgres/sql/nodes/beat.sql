INSERT INTO nodes AS n (node, beats, seen_at)
VALUES ($1, 1, $2)
ON CONFLICT (node) DO UPDATE SET beats = n.beats + 1, seen_at = excluded.seen_at, has_left = FALSE
RETURNING beats > 1 AS "known!"
