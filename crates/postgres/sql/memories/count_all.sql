SELECT count(*) AS "memories!"
FROM memories
WHERE ($1 OR superseded_by IS NULL)
    AND ($2 OR pinned OR expires_at IS NULL OR expires_at > $3)
    AND ($4::text IS NULL OR kind = $4)
    AND ($5::text IS NULL OR category = $5)
    AND ($6::boolean IS NULL OR pinned = $6)
