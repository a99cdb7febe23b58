UPDATE store_state
SET conversations = conversations + ?1,
    messages = messages + ?2,
    memories = memories + ?3,
    outbox_seq = outbox_seq + ?4
WHERE id = 1
