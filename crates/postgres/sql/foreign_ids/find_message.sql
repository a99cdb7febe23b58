SELECT m.id AS "id?"
FROM unnest($3::text[]) WITH ORDINALITY AS asked (foreign_id, place)
LEFT JOIN messages m ON m.user_id = $1 AND m.foreign_source = $2 AND m.foreign_id = asked.foreign_id
ORDER BY asked.place
