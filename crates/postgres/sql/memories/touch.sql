WITH used AS (
    SELECT id, count(*) AS times FROM unnest($1::uuid[]) AS used (id) GROUP BY id
),
locked AS MATERIALIZED (
    SELECT id
    FROM memories
    WHERE id = ANY($1) AND ($2::uuid IS NULL OR user_id = $2)
    ORDER BY id
    FOR NO KEY UPDATE
)
UPDATE memories m
SET access_count = m.access_count + u.times, last_accessed_at = greatest(m.last_accessed_at, $3)
FROM used u
JOIN locked l ON l.id = u.id
WHERE m.id = u.id
