INSERT INTO outbox (position, kind, entity_id)
SELECT ((pg_current_xact_id()::text::bigint + store_state.outbox_offset) << 22) + $1::bigint + told.number, told.kind,
    told.entity_id
FROM store_state, unnest($2::smallint[], $3::uuid[]) WITH ORDINALITY AS told (kind, entity_id, number)
