INSERT INTO text_documents (id, kind, user_id, conversation_id, role, recallable, created_at, words, body, repeats)
SELECT id, kind, user_id, conversation_id, role, recallable, created_at, words, body::tsvector, repeats::jsonb
FROM unnest(
    $1::uuid[], $2::smallint[], $3::uuid[], $4::uuid[], $5::text[], $6::boolean[], $7::timestamptz[], $8::integer[],
    $9::text[], $10::text[]
) AS d (id, kind, user_id, conversation_id, role, recallable, created_at, words, body, repeats)
