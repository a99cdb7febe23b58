INSERT INTO vector_documents (collection, id, kind, created_at, tags, embedding)
SELECT $1, d.id, d.kind, d.created_at, ARRAY(SELECT jsonb_array_elements_text(d.tags::jsonb)), d.embedding
FROM unnest($2::uuid[], $3::smallint[], $4::timestamptz[], $5::text[], $6::vector[])
    AS d (id, kind, created_at, tags, embedding)
