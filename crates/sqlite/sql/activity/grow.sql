INSERT INTO activity (user_id, quarter, role, model, messages, tokens)
SELECT ?1, ?2, ?3, ?4, ?5, ?6
WHERE EXISTS (SELECT 1 FROM users WHERE id = ?1)
ON CONFLICT (user_id, quarter, role, model)
DO UPDATE SET messages = messages + excluded.messages, tokens = tokens + excluded.tokens
