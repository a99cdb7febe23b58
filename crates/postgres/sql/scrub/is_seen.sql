-- $1: a transaction that began after the deletion; copies that hold back the primary count, too
SELECT
    EXISTS (
        SELECT
        FROM pg_stat_activity
        WHERE pid <> pg_backend_pid()
            AND (datname = current_database() OR backend_type = 'walsender')
            AND backend_xmin IS NOT NULL
            AND age(backend_xmin) > age($1::text::xid)
    )
    OR EXISTS (SELECT FROM pg_replication_slots WHERE xmin IS NOT NULL AND age(xmin) > age($1::text::xid)) AS "is_seen!"
