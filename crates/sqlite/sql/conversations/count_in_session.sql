SELECT count(*)
FROM conversations
WHERE session_id = ?1 AND status = ?2
    AND (?3 IS NULL OR user_id = ?3)
    AND (?4 IS NULL OR title_contains(title, ?4))
