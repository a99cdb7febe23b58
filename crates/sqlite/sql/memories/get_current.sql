SELECT id, user_id, kind, category, content, importance, access_count, last_accessed_at, expires_at, valid_from, valid_to,
    superseded_by, metadata, created_at, updated_at, pinned
FROM memories
WHERE id = ?1 AND (?2 IS NULL OR user_id = ?2) AND superseded_by IS NULL AND (pinned OR expires_at IS NULL OR expires_at > ?3)
