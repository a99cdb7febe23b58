UPDATE audit_log SET detail = ?2, salt = NULL
WHERE salt IS NOT NULL AND seq IN (
    SELECT seq FROM audit_log WHERE user_id = ?1 AND salt IS NOT NULL
    UNION ALL
    SELECT seq FROM audit_log WHERE subject_id = ?1 AND salt IS NOT NULL
    LIMIT ?3
)
