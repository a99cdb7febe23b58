SELECT c.id, c.user_id, c.session_id, c.title, c.summary, c.status, c.message_count, c.metadata, c.created_at, c.updated_at,
    c.active_at, c.summary_until
FROM unnest($1::uuid[]) WITH ORDINALITY AS asked (id, place)
JOIN conversations c ON c.id = asked.id
ORDER BY asked.place
