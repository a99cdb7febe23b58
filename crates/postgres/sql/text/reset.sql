UPDATE text_state SET position = 0, documents = 0 WHERE id = 1
