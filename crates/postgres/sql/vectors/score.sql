SELECT d.id, d.kind, -(d.embedding <#> $2::vector) AS "score!"
FROM unnest($3::uuid[], $4::smallint[]) AS asked (id, kind)
JOIN vector_documents d ON d.collection = $1 AND d.id = asked.id AND d.kind = asked.kind
