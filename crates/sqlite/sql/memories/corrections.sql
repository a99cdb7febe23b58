WITH RECURSIVE chain (was, id, depth) AS (
    SELECT m.id, m.superseded_by, 1
    FROM memory_sources s
    JOIN memories m ON m.id = s.memory_id
    WHERE s.message_id = ?1 AND m.superseded_by IS NOT NULL AND (?2 IS NULL OR m.user_id = ?2)
    UNION
    SELECT c.was, m.superseded_by, c.depth + 1
    FROM chain c
    JOIN memories m ON m.id = c.id
    WHERE m.superseded_by IS NOT NULL AND c.depth < 20
)
SELECT c.was, c.id
FROM chain c
JOIN memories m ON m.id = c.id
WHERE m.superseded_by IS NULL
    AND NOT EXISTS (SELECT 1 FROM memory_sources own WHERE own.memory_id = m.id AND own.message_id = ?1)
ORDER BY c.was
