UPDATE sessions
SET name = ?2, role = ?3, goals = ?4, status = ?5, metadata = ?6, updated_at = ?7
WHERE id = ?1
