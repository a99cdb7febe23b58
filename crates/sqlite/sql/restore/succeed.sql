UPDATE memories AS m
SET superseded_by = ?3
WHERE id = ?1 AND user_id = ?2
    AND superseded_by IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM memories successor WHERE successor.id = m.superseded_by)
