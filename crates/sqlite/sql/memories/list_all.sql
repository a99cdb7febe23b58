SELECT id, user_id, kind, category, content, importance, access_count, last_accessed_at, expires_at, valid_from, valid_to,
    superseded_by, metadata, created_at, updated_at
FROM memories
WHERE (created_at, id) < (?1, ?2)
    AND superseded_by IS NULL AND (expires_at IS NULL OR expires_at > ?3)
    AND (?4 IS NULL OR kind = ?4)
    AND (?5 IS NULL OR category = ?5)
ORDER BY created_at DESC, id DESC
LIMIT ?6
