UPDATE memories SET slot_key = $2 WHERE id = $1
