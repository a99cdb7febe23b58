UPDATE nodes SET scrub_due = ?1 WHERE scrub_due < ?1
