SELECT count(*) AS "memories!"
FROM memories
WHERE user_id = $1
    AND ($2 OR superseded_by IS NULL)
    AND ($3 OR pinned OR expires_at IS NULL OR expires_at > $4)
    AND ($5::text IS NULL OR kind = $5)
    AND ($6::text IS NULL OR category = $6)
    AND ($7::boolean IS NULL OR pinned = $7)
