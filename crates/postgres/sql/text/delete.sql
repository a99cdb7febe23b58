DELETE FROM text_documents d
USING unnest($1::uuid[], $2::smallint[]) AS gone (id, kind)
WHERE d.id = gone.id AND d.kind = gone.kind
