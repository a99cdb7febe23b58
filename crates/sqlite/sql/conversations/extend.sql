UPDATE conversations
SET message_count = message_count + ?2,
    last_position = last_position + ?2,
    updated_at = max(updated_at, ?3),
    active_at = max(active_at, ?3)
WHERE id = ?1
