-- BM25 with the statistics of the scope. A word of the question has several forms, which count as one.
WITH forms AS MATERIALIZED (
    SELECT term, lexeme, quoted::tsquery AS wanted
    FROM unnest($8::integer[], $9::text[], $10::text[]) AS f (term, lexeme, quoted)
),
matching AS MATERIALIZED (
    SELECT d.id, d.kind, d.created_at, d.words, d.body @@ $12::text::tsquery AS meets, has.terms, has.times
    FROM text_documents d
    CROSS JOIN LATERAL (
        SELECT array_agg(t.term ORDER BY t.term) AS terms, array_agg(t.times ORDER BY t.term) AS times
        FROM (
            SELECT f.term, sum(coalesce((d.repeats ->> f.lexeme)::integer, 1))::float8 AS times
            FROM forms f
            WHERE d.body @@ f.wanted
            GROUP BY f.term
        ) AS t
    ) AS has
    WHERE d.body @@ $11::text::tsquery
        AND d.user_id = $1
        AND ($2::smallint IS NULL OR d.kind = $2)
        AND ($3::uuid IS NULL OR d.conversation_id = $3)
        AND ($4::text IS NULL OR d.role = $4)
        AND (d.recallable OR NOT $5::boolean)
        AND ($6::timestamptz IS NULL OR d.created_at >= $6)
        AND ($7::timestamptz IS NULL OR d.created_at < $7)
),
scope AS MATERIALIZED (
    SELECT greatest(count(*), 1)::float8 AS documents, greatest(sum(d.words)::float8 / greatest(count(*), 1), 1) AS average
    FROM text_documents d
    WHERE d.user_id = $1
        AND ($2::smallint IS NULL OR d.kind = $2)
        AND ($3::uuid IS NULL OR d.conversation_id = $3)
        AND ($4::text IS NULL OR d.role = $4)
        AND (d.recallable OR NOT $5::boolean)
        AND ($6::timestamptz IS NULL OR d.created_at >= $6)
        AND ($7::timestamptz IS NULL OR d.created_at < $7)
),
weights AS MATERIALIZED (
    SELECT n.term, coalesce(f.documents, 0) AS documents,
        ln(1 + (s.documents - coalesce(f.documents, 0) + 0.5) / (coalesce(f.documents, 0) + 0.5)) AS idf
    FROM generate_series(0, $13::integer - 1) AS n (term)
    CROSS JOIN scope s
    LEFT JOIN (
        SELECT t.term, count(*)::float8 AS documents
        FROM matching m
        CROSS JOIN LATERAL unnest(m.terms) AS t (term)
        GROUP BY t.term
    ) AS f ON f.term = n.term
),
scored AS (
    SELECT m.id, m.kind, m.created_at, m.terms, (
        SELECT sum(w.idf * 1.9 * t.times / (t.times + 0.9 * (0.6 + 0.4 * m.words / s.average)) ORDER BY t.term)
        FROM unnest(m.terms, m.times) AS t (term, times)
        JOIN weights w ON w.term = t.term
    )::real AS score
    FROM matching m
    CROSS JOIN scope s
    WHERE m.meets IS NOT FALSE
),
best AS (
    SELECT id, kind, created_at, terms, score
    FROM scored
    WHERE $14::uuid[] IS NULL OR (id, kind) IN (SELECT * FROM unnest($14, $15::smallint[]))
    ORDER BY score DESC, created_at DESC, id, kind
    LIMIT $16 OFFSET $17
)
SELECT
    (SELECT count(*) FROM matching WHERE meets IS NOT FALSE) AS "total!",
    ARRAY(SELECT CASE WHEN documents > 0 THEN idf ELSE 0 END::real FROM weights ORDER BY term) AS "words!",
    b.id AS "id?", b.kind AS "kind?", b.created_at AS "created_at?", b.terms AS "terms?: Vec<i32>", b.score AS "score?"
FROM (VALUES (1)) AS always (one)
LEFT JOIN best b ON true
ORDER BY b.score DESC, b.created_at DESC, b.id, b.kind
