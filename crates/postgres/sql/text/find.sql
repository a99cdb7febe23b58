-- BM25 with the statistics of the scope. A word of the question has several forms, which count as one. Scores are sums of
-- whole numbers, so that they do not depend on their order.
WITH forms AS MATERIALIZED (
    SELECT term, lexeme, quoted::tsquery AS wanted
    FROM unnest($8::integer[], $9::text[], $10::text[]) AS f (term, lexeme, quoted)
),
occurring AS MATERIALIZED (
    SELECT d.id, d.kind, d.created_at, d.words, d.body @@ $12::text::tsquery AS meets, f.term,
        sum(coalesce((d.repeats ->> f.lexeme)::integer, 1))::float8 AS times
    FROM text_documents d
    JOIN forms f ON d.body @@ f.wanted
    WHERE d.body @@ $11::text::tsquery
        AND d.user_id = $1
        AND ($2::smallint IS NULL OR d.kind = $2)
        AND ($3::uuid IS NULL OR d.conversation_id = $3)
        AND ($4::text IS NULL OR d.role = $4)
        AND (d.recallable OR NOT $5::boolean)
        AND ($6::timestamptz IS NULL OR d.created_at >= $6)
        AND ($7::timestamptz IS NULL OR d.created_at < $7)
    GROUP BY d.id, d.kind, f.term
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
        SELECT term, count(*)::float8 AS documents FROM occurring GROUP BY term
    ) AS f ON f.term = n.term
),
scored AS MATERIALIZED (
    SELECT o.id, o.kind, min(o.created_at) AS created_at, array_agg(o.term) AS terms,
        (sum(greatest(floor(
            65536 * w.idf * 1.9 * o.times / (o.times + 0.9 * (0.6 + 0.4 * o.words / s.average))
        ), 1)::bigint) / 65536)::real AS score
    FROM occurring o
    JOIN weights w ON w.term = o.term
    CROSS JOIN scope s
    WHERE o.meets IS NOT FALSE
    GROUP BY o.id, o.kind
),
best AS (
    SELECT id, kind, created_at, terms, score
    FROM scored
    WHERE $14::uuid[] IS NULL OR (id, kind) IN (SELECT * FROM unnest($14, $15::smallint[]))
    ORDER BY score DESC, created_at DESC, id, kind
    LIMIT $16 OFFSET $17
)
SELECT
    (SELECT count(*) FROM scored) AS "total!",
    ARRAY(SELECT CASE WHEN documents > 0 THEN idf ELSE 0 END::real FROM weights ORDER BY term) AS "words!",
    b.id AS "id?", b.kind AS "kind?", b.created_at AS "created_at?", b.terms AS "terms?: Vec<i32>", b.score AS "score?"
FROM (VALUES (1)) AS always (one)
LEFT JOIN best b ON true
ORDER BY b.score DESC, b.created_at DESC, b.id, b.kind
