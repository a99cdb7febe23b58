UPDATE memories m
SET superseded_by = gone.heir, valid_to = CASE WHEN gone.heir IS NULL THEN NULL ELSE m.valid_to END
FROM unnest($1::uuid[], $2::uuid[]) AS gone (id, heir)
WHERE m.superseded_by = gone.id
    AND (gone.heir IS NOT NULL OR NOT EXISTS (
        SELECT 1
        FROM memories other
        WHERE other.user_id = m.user_id AND other.slot_key = m.slot_key AND other.superseded_by IS NULL
    ))
RETURNING m.id
