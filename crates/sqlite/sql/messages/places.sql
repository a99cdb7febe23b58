SELECT found.conversation_id, found.position
FROM json_each(?1) asked
CROSS JOIN messages found ON found.id = unhex(asked.value)
WHERE ?2 IS NULL OR found.user_id = ?2
