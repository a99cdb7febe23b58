-- a message, its conversation's head and what the indexes must hear: one statement for the hottest write
WITH follows AS (
    SELECT CASE
        WHEN $17::boolean THEN (SELECT id FROM messages WHERE conversation_id = $2 ORDER BY position DESC LIMIT 1)
        ELSE (SELECT id FROM messages WHERE id = $5 AND conversation_id = $2)
    END AS id
), said AS (
    INSERT INTO messages (id, conversation_id, user_id, position, parent_id, role, author, content, parts, tokens, model,
        status, recall_score, metadata, foreign_source, foreign_id, created_at)
    SELECT $1, $2, $3, $4, follows.id, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $18
    FROM follows
    WHERE $17 OR $5::uuid IS NULL OR follows.id IS NOT NULL
    ON CONFLICT DO NOTHING
    RETURNING id
), extended AS (
    UPDATE conversations
    SET message_count = message_count + 1,
        last_position = $4,
        updated_at = greatest(updated_at, $18),
        active_at = greatest(active_at, $18)
    WHERE id = $2 AND EXISTS (SELECT 1 FROM said)
), told AS (
    INSERT INTO outbox (position, kind, entity_id)
    SELECT ((pg_current_xact_id()::text::bigint + store_state.outbox_offset) << 22) + $19::bigint, 1, said.id
    FROM said, store_state
)
SELECT follows.id AS "parent_id?", EXISTS (SELECT 1 FROM said) AS "added!" FROM follows
