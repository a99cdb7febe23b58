INSERT INTO messages (id, conversation_id, user_id, position, parent_id, role, author, content, parts, tokens, model,
    status, recall_score, metadata, foreign_source, foreign_id, created_at)
SELECT *
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::uuid[], $6::text[], $7::bytea[], $8::bytea[], $9::bytea[],
    $10::bigint[], $11::text[], $12::text[], $13::real[], $14::bytea[], $15::text[], $16::text[], $17::timestamptz[])
ON CONFLICT DO NOTHING
