INSERT INTO activity (user_id, quarter, role, model, messages, tokens)
SELECT grown.user_id, grown.quarter, grown.role, grown.model, grown.messages, grown.tokens
FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::bigint[])
    AS grown (user_id, quarter, role, model, messages, tokens)
WHERE EXISTS (SELECT 1 FROM users WHERE id = grown.user_id)
ORDER BY grown.user_id, grown.quarter, grown.role COLLATE "C", grown.model COLLATE "C"
ON CONFLICT (user_id, quarter, role, model)
DO UPDATE SET messages = activity.messages + excluded.messages, tokens = activity.tokens + excluded.tokens
