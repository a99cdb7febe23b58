UPDATE user_stats
SET conversations_open = conversations_open + ?2,
    conversations_archived = conversations_archived + ?3,
    conversations_deleted = conversations_deleted + ?4,
    messages = messages + ?5,
    memories = memories + ?6,
    tokens = tokens + ?7,
    bytes = max(bytes + ?9, 0),
    updated_at = max(coalesce(updated_at, ?8), ?8)
WHERE user_id = ?1
