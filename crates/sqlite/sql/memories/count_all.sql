SELECT count(*)
FROM memories
WHERE superseded_by IS NULL AND (expires_at IS NULL OR expires_at > ?1)
    AND (?2 IS NULL OR kind = ?2)
    AND (?3 IS NULL OR category = ?3)
