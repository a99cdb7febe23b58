UPDATE user_stats
SET conversations_open = conversations_open + by.open,
    conversations_archived = conversations_archived + by.archived,
    conversations_deleted = conversations_deleted + by.deleted,
    messages = user_stats.messages + by.messages,
    memories = user_stats.memories + by.memories,
    tokens = user_stats.tokens + by.tokens,
    bytes = greatest(user_stats.bytes + by.bytes, 0),
    updated_at = greatest(updated_at, timestamptz 'epoch' + by.at * interval '1 microsecond')
FROM (
    -- locked in the order of ids
    SELECT grown.*
    FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[],
        $9::bigint[]) AS grown (user_id, open, archived, deleted, messages, memories, tokens, at, bytes)
    JOIN user_stats AS held USING (user_id)
    ORDER BY user_id
    FOR NO KEY UPDATE OF held
) AS by
WHERE user_stats.user_id = by.user_id
