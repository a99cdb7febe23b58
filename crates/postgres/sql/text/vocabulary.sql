SELECT DISTINCT word AS "word!"
FROM (
    SELECT d.body
    FROM text_documents d
    WHERE d.user_id = $1
        AND ($2::smallint IS NULL OR d.kind = $2)
        AND ($3::uuid IS NULL OR d.conversation_id = $3)
        AND ($4::text IS NULL OR d.role = $4)
        AND (d.recallable OR NOT $5::boolean)
        AND ($6::timestamptz IS NULL OR d.created_at >= $6)
        AND ($7::timestamptz IS NULL OR d.created_at < $7)
    ORDER BY d.created_at DESC
    LIMIT $8
) AS newest
CROSS JOIN LATERAL unnest(tsvector_to_array(newest.body)) AS word
WHERE length(word) BETWEEN $9 AND $10
