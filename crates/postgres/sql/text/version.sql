SELECT version FROM text_state WHERE id = 1
