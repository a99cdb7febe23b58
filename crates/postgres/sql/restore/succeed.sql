UPDATE memories AS m
SET superseded_by = $3
WHERE m.id = $1 AND m.user_id = $2
    AND m.superseded_by IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM memories successor WHERE successor.id = m.superseded_by)
