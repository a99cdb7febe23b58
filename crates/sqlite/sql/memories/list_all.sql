SELECT id, user_id, kind, category, content, importance, access_count, last_accessed_at, expires_at, valid_from, valid_to,
    superseded_by, metadata, created_at, updated_at, pinned
FROM memories
WHERE (created_at, id) < (?1, ?2)
    AND (?3 OR superseded_by IS NULL)
    AND (?4 OR pinned OR expires_at IS NULL OR expires_at > ?5)
    AND (?6 IS NULL OR kind = ?6)
    AND (?7 IS NULL OR category = ?7)
    AND (?8 IS NULL OR pinned = ?8)
ORDER BY created_at DESC, id DESC
LIMIT ?9
