UPDATE text_state SET position = greatest(position, $1), documents = documents + $2 WHERE id = 1
