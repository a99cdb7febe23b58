SELECT id, user_id, kind, category, content, importance, access_count, last_accessed_at, expires_at, valid_from, valid_to,
    superseded_by, metadata, created_at, updated_at, pinned
FROM memories
WHERE user_id = ?1 AND (created_at, id) < (?2, ?3)
    AND (?4 OR superseded_by IS NULL)
    AND (?5 OR pinned OR expires_at IS NULL OR expires_at > ?6)
    AND (?7 IS NULL OR kind = ?7)
    AND (?8 IS NULL OR category = ?8)
    AND (?9 IS NULL OR pinned = ?9)
ORDER BY created_at DESC, id DESC
LIMIT ?10
