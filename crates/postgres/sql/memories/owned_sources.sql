SELECT count(*) AS "messages!" FROM messages WHERE id = ANY($1) AND user_id = $2
