SELECT messages + memories FROM store_state WHERE id = 1
