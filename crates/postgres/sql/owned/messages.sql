SELECT id, conversation_id, position, parent_id, role AS "role: Word<Role>", author, content, parts, tokens, model,
    status AS "status: Word<MessageStatus>", recall_score, metadata, created_at
FROM (
    SELECT *, coalesce(sum(size) OVER (
        ORDER BY position ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ), 0) AS before
    FROM (
        SELECT *, octet_length(content) + coalesce(octet_length(parts), 0) + coalesce(octet_length(metadata), 0) AS size
        FROM messages
        WHERE conversation_id = $1 AND position > $2 AND user_id = $3
        ORDER BY position
        LIMIT $4
    ) AS measured
) AS page
WHERE before < $5
ORDER BY position
