SELECT 'column ' || c.relname || '.' || a.attname,
    concat_ws(' ', format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'NOT NULL' END,
        pg_get_expr(d.adbin, d.adrelid), co.collname)
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_collation co ON co.oid = a.attcollation
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relname <> 'schema_migrations'
UNION ALL
SELECT 'constraint ' || c.relname || '.' || k.conname,
    replace(pg_get_constraintdef(k.oid), current_schema() || '.', '')
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid AND c.relnamespace = current_schema()::regnamespace
WHERE c.relname <> 'schema_migrations' AND k.contype IN ('c', 'f', 'p', 'u')
UNION ALL
SELECT 'index ' || i.relname,
    replace(pg_get_indexdef(i.oid), current_schema() || '.', '') || CASE WHEN x.indisvalid THEN '' ELSE ' INVALID' END
FROM pg_index x
JOIN pg_class i ON i.oid = x.indexrelid AND i.relnamespace = current_schema()::regnamespace
JOIN pg_class t ON t.oid = x.indrelid AND t.relname <> 'schema_migrations'
