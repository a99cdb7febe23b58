-- People, their sessions, conversations and messages, and the counters kept with them.
--
-- Every bytea that is not a hash holds what the sealer made of a text. Other text is compared by its bytes.

-- Exactly one row. Nothing here changes with every write: a row that all transactions change would make them wait for one
-- another, so totals are sums over user_stats.
CREATE TABLE store_state (
    id            integer PRIMARY KEY CHECK (id = 1),
    -- entries of the outbox up to this position were removed
    outbox_pruned bigint NOT NULL DEFAULT 0,
    -- added to the number of a transaction: above zero after the database was moved to a server that counts from less
    outbox_offset bigint NOT NULL DEFAULT 0
);
INSERT INTO store_state (id) VALUES (1);

CREATE TABLE users (
    id         uuid PRIMARY KEY,
    name       text COLLATE "C" NOT NULL UNIQUE,
    role       text COLLATE "C" NOT NULL,
    time_zone  text COLLATE "C" NOT NULL DEFAULT 'UTC',
    created_at timestamptz NOT NULL
);

CREATE TABLE user_stats (
    user_id                uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    -- one counter for each status, so that a list knows its length
    conversations_open     bigint NOT NULL DEFAULT 0,
    conversations_archived bigint NOT NULL DEFAULT 0,
    conversations_deleted  bigint NOT NULL DEFAULT 0,
    messages               bigint NOT NULL DEFAULT 0,
    memories               bigint NOT NULL DEFAULT 0,
    tokens                 bigint NOT NULL DEFAULT 0,
    updated_at             timestamptz
) WITH (fillfactor = 50); -- changed by every write: room for the next version beside it

CREATE TABLE sessions (
    id         uuid PRIMARY KEY,
    user_id    uuid NOT NULL REFERENCES users (id),
    name       bytea NOT NULL,
    role       bytea,
    goals      bytea,
    status     text COLLATE "C" NOT NULL,
    metadata   bytea,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX sessions_by_age ON sessions (user_id, created_at, id);

CREATE TABLE conversations (
    id            uuid PRIMARY KEY,
    user_id       uuid NOT NULL REFERENCES users (id),
    session_id    uuid REFERENCES sessions (id) ON DELETE SET NULL,
    title         bytea NOT NULL,
    summary       bytea,
    status        text COLLATE "C" NOT NULL,
    message_count bigint NOT NULL DEFAULT 0,
    last_position bigint NOT NULL DEFAULT 0,
    metadata      bytea,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    active_at     timestamptz NOT NULL
);
CREATE INDEX conversations_by_activity ON conversations (user_id, status, active_at, id);
CREATE INDEX conversations_of_session ON conversations (session_id, status, active_at, id) WHERE session_id IS NOT NULL;

CREATE TABLE messages (
    id              uuid PRIMARY KEY,
    conversation_id uuid NOT NULL REFERENCES conversations (id),
    user_id         uuid NOT NULL,
    position        bigint NOT NULL,
    parent_id       uuid REFERENCES messages (id),
    role            text COLLATE "C" NOT NULL,
    author          bytea,
    content         bytea NOT NULL,
    parts           bytea,
    tokens          bigint,
    model           text COLLATE "C",
    status          text COLLATE "C" NOT NULL,
    recall_score    real,
    metadata        bytea,
    foreign_source  text COLLATE "C",
    foreign_id      text COLLATE "C",
    created_at      timestamptz NOT NULL
);
CREATE UNIQUE INDEX messages_by_position ON messages (conversation_id, position);
CREATE UNIQUE INDEX messages_by_foreign_id ON messages (user_id, foreign_source, foreign_id)
    WHERE foreign_id IS NOT NULL;
CREATE INDEX messages_by_parent ON messages (parent_id, position) WHERE parent_id IS NOT NULL;
