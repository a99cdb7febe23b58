INSERT INTO messages (id, conversation_id, user_id, position, parent_id, role, author, content, parts, tokens, model,
    status, recall_score, metadata, foreign_source, foreign_id, created_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
