UPDATE store_state SET users = users - 1 WHERE id = 1
