SELECT count(*)
FROM memories
WHERE user_id = ?1
    AND superseded_by IS NULL AND (expires_at IS NULL OR expires_at > ?2)
    AND (?3 IS NULL OR kind = ?3)
    AND (?4 IS NULL OR category = ?4)
