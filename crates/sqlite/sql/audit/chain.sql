UPDATE audit_log SET detail = ?2, digest = ?3, previous_hash = ?4, hash = ?5 WHERE seq = ?1
