-- a generation that ends meanwhile is waited for and then left out, instead of failing the pieces of all others
WITH alive AS MATERIALIZED (
    SELECT message_id FROM generations WHERE message_id = ANY($1) ORDER BY message_id FOR NO KEY UPDATE
),
parts AS (
    SELECT DISTINCT ON (p.message_id, p.start) p.message_id, p.start, p.content, p.kept_at, p.model
    FROM unnest($1::uuid[], $2::bigint[], $3::bytea[], $4::timestamptz[], $5::text[])
        WITH ORDINALITY AS p (message_id, start, content, kept_at, model, place)
    JOIN alive a ON a.message_id = p.message_id
    ORDER BY p.message_id, p.start, p.place DESC
),
named AS (
    UPDATE generations g SET model = p.model FROM parts p WHERE g.message_id = p.message_id AND p.start = 0
)
INSERT INTO generation_parts (message_id, start, content, kept_at)
SELECT message_id, start, content, kept_at FROM parts
ON CONFLICT (message_id, start) DO UPDATE SET content = excluded.content, kept_at = excluded.kept_at
