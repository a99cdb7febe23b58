SELECT position FROM text_state WHERE id = 1 FOR UPDATE
