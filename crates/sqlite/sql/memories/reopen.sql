UPDATE memories AS m
SET superseded_by = ?2, valid_to = CASE WHEN ?2 IS NULL THEN NULL ELSE valid_to END
WHERE superseded_by = ?1
    AND (?2 IS NOT NULL OR NOT EXISTS (
        SELECT 1
        FROM memories other
        WHERE other.user_id = m.user_id AND other.slot_key = m.slot_key AND other.superseded_by IS NULL
    ))
RETURNING id
