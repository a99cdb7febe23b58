SELECT position, documents FROM text_state WHERE id = 1
