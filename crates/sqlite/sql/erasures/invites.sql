DELETE FROM invites WHERE created_by = ?1
