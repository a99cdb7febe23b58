SELECT count(*)
FROM memories
WHERE (?1 OR superseded_by IS NULL)
    AND (?2 OR pinned OR expires_at IS NULL OR expires_at > ?3)
    AND (?4 IS NULL OR kind = ?4)
    AND (?5 IS NULL OR category = ?5)
    AND (?6 IS NULL OR pinned = ?6)
