DELETE FROM vector_documents d
USING unnest($2::uuid[], $3::smallint[]) AS gone (id, kind)
WHERE d.collection = $1 AND d.id = gone.id AND d.kind = gone.kind
