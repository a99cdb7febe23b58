SELECT count(*) FROM conversations WHERE status = ?1 AND (?2 IS NULL OR title_contains(title, ?2))
