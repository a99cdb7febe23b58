SELECT count(*) AS "acts!" FROM audit_log WHERE user_id = $1
