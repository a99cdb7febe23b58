INSERT INTO text_state (id, version) VALUES (1, $1)
