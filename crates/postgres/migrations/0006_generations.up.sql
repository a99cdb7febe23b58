-- Answers being produced, so that what a crash leaves of them is known, and every turn's place in its conversation's tree.

CREATE TABLE generations (
    message_id      uuid PRIMARY KEY,
    user_id         uuid NOT NULL,
    conversation_id uuid NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    user_message_id uuid NOT NULL,
    model           text COLLATE "C", -- known with the first text
    node            text COLLATE "C" NOT NULL,
    started_at      timestamptz NOT NULL
);
CREATE INDEX generations_by_node ON generations (node, started_at, message_id);
CREATE INDEX generations_by_conversation ON generations (conversation_id);

-- Text so far, in pieces: writing the whole of it again every few seconds would cost the square of its length.
CREATE TABLE generation_parts (
    message_id uuid NOT NULL REFERENCES generations (message_id) ON DELETE CASCADE,
    start      bigint NOT NULL, -- bytes of text before it
    content    bytea NOT NULL,
    kept_at    timestamptz NOT NULL,
    PRIMARY KEY (message_id, start)
);

-- What was imported without naming what it follows, follows what was said before it.
UPDATE messages
SET parent_id = before.id
FROM messages before
WHERE before.conversation_id = messages.conversation_id
    AND before.position = messages.position - 1
    AND messages.parent_id IS NULL
    AND messages.position > 1;

-- A finished key names what its request made: of a chat, the answer instead of the message that it answers.
UPDATE idempotency_keys
SET resource_id = coalesce(
    (
        SELECT answer.id
        FROM messages answer
        WHERE answer.parent_id = idempotency_keys.resource_id AND answer.role = 'assistant'
        ORDER BY answer.position
        LIMIT 1
    ),
    resource_id
)
WHERE finished;
