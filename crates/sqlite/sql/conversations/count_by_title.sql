SELECT count(*) FROM conversations WHERE user_id = ?1 AND status = ?2 AND title_contains(title, ?3)
