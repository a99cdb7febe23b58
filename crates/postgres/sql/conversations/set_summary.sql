WITH found AS (
    SELECT EXISTS (SELECT 1 FROM conversations WHERE id = $1 AND ($2::uuid IS NULL OR user_id = $2)) AS there,
        EXISTS (SELECT 1 FROM messages WHERE id = $4 AND conversation_id = $1) AS said
), kept AS (
    UPDATE conversations
    SET summary = $3, summary_until = $4
    FROM found
    WHERE found.there AND found.said AND id = $1 AND (summary IS NULL OR summary_until IS NOT NULL)
    RETURNING id
)
SELECT found.there AS "there!", found.said AS "said!", EXISTS (SELECT 1 FROM kept) AS "kept!" FROM found
