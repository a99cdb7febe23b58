SELECT f.entity_id AS "entity_id?"
FROM unnest($4::text[]) WITH ORDINALITY AS asked (foreign_id, place)
LEFT JOIN foreign_ids f
    ON f.user_id = $1 AND f.source = $2 AND f.kind = $3 AND f.foreign_id = asked.foreign_id
ORDER BY asked.place
