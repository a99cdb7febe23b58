UPDATE conversations
SET message_count = message_count + by.added,
    last_position = last_position + by.added,
    updated_at = greatest(updated_at, by.latest),
    active_at = greatest(active_at, by.latest)
FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[]) AS by (id, added, latest)
WHERE conversations.id = by.id
