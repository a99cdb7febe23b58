SELECT count(pg_notify($1, told.payload))
FROM (SELECT payload FROM unnest($2::text[]) WITH ORDINALITY AS waiting (payload, place) ORDER BY place) AS told
