SELECT node, beats, seen_at, has_left, scrub_due, scrubbed
FROM nodes
ORDER BY node
LIMIT $1
