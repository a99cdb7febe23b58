SELECT count(*) FROM audit_log WHERE user_id = ?1
