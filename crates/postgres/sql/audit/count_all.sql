SELECT count(*) AS "acts!" FROM audit_log
