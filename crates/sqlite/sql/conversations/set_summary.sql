UPDATE conversations
SET summary = ?3, summary_until = ?4
WHERE id = ?1 AND (?2 IS NULL OR user_id = ?2) AND (summary IS NULL OR summary_until IS NOT NULL)
