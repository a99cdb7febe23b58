SELECT messages + memories FROM store_state
