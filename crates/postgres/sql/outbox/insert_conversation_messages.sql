INSERT INTO outbox (position, kind, entity_id)
SELECT ((pg_current_xact_id()::text::bigint + store_state.outbox_offset) << 22) + $2::bigint
        + row_number() OVER (ORDER BY messages.position),
    1, messages.id
FROM store_state, messages
WHERE conversation_id = $1
