-- the head, its newest message, and where a message stands in it
SELECT c.id, c.user_id, c.session_id, c.title, c.summary, c.status, c.message_count, c.metadata, c.created_at, c.updated_at,
    c.active_at, c.summary_until, c.last_position,
    (SELECT id FROM messages WHERE conversation_id = c.id ORDER BY position DESC LIMIT 1) AS latest,
    (SELECT position FROM messages WHERE id = $3 AND conversation_id = c.id) AS place
FROM conversations c
WHERE c.id = $1 AND ($2::uuid IS NULL OR c.user_id = $2)
