WITH RECURSIVE chain (place, message_id, was, id, depth) AS (
    SELECT a.place, a.message_id, m.id, m.superseded_by, 1
    FROM unnest($1::uuid[]) WITH ORDINALITY AS a (message_id, place)
    JOIN memory_sources s ON s.message_id = a.message_id
    JOIN memories m ON m.id = s.memory_id
    WHERE m.superseded_by IS NOT NULL AND ($2::uuid IS NULL OR m.user_id = $2)
    UNION
    SELECT c.place, c.message_id, c.was, m.superseded_by, c.depth + 1
    FROM chain c
    JOIN memories m ON m.id = c.id
    WHERE m.superseded_by IS NOT NULL AND c.depth < 20
)
SELECT c.message_id AS "message_id!", c.was AS "was!", c.id AS "now!"
FROM chain c
JOIN memories m ON m.id = c.id
WHERE m.superseded_by IS NULL
    AND (m.pinned OR m.expires_at IS NULL OR m.expires_at > $3)
    AND ($2::uuid IS NULL OR m.user_id = $2)
    AND NOT EXISTS (SELECT 1 FROM memory_sources own WHERE own.memory_id = m.id AND own.message_id = c.message_id)
ORDER BY c.place, c.was
