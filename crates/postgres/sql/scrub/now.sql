SELECT pg_current_xact_id()::xid::text AS "now!"
