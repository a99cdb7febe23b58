SELECT count(*)
FROM memories
WHERE user_id = ?1
    AND (?2 OR superseded_by IS NULL)
    AND (?3 OR pinned OR expires_at IS NULL OR expires_at > ?4)
    AND (?5 IS NULL OR kind = ?5)
    AND (?6 IS NULL OR category = ?6)
    AND (?7 IS NULL OR pinned = ?7)
