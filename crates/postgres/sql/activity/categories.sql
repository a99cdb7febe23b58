SELECT category, count(*) AS "memories!"
FROM memories
WHERE user_id = $1 AND superseded_by IS NULL AND (pinned OR expires_at IS NULL OR expires_at > $2)
GROUP BY category
ORDER BY count(*) DESC, category
LIMIT $3
