-- The number from which on transactions may still run. Those of other databases of the server write nothing here, so only
-- the sessions of this one are looked at, unless one of them is of a role whose transactions this one may not see.
WITH moment AS (
    SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next,
        pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS oldest
), sessions AS (
    SELECT backend_xid, usesysid IS NOT NULL AND NOT pg_has_role(usesysid, 'USAGE') AS is_hidden
    FROM pg_stat_activity
    WHERE datid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND pid <> pg_backend_pid()
)
SELECT ((
    SELECT CASE
        WHEN EXISTS (SELECT 1 FROM sessions WHERE is_hidden) THEN moment.oldest
        ELSE least(moment.next, (
            -- of a number only the lower half is shown: it is a little below or above the next one
            SELECT min(moment.next
                - ((moment.next - backend_xid::text::bigint + 2147483648) & 4294967295) + 2147483648)
            FROM sessions
            WHERE backend_xid IS NOT NULL
        ))
    END
    FROM moment
) + outbox_offset) << 22 AS "horizon!"
FROM store_state
