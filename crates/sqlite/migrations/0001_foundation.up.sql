-- People, their sessions, conversations and messages, and the counters kept with them.
--
-- Ids are 16 bytes, times microseconds since 1970, and every column typed BLOB that is not an id or a hash holds what
-- the sealer made of a text.

-- Exactly one row: what is asked of the whole store must never be counted by scanning.
CREATE TABLE store_state (
    id            INTEGER PRIMARY KEY CHECK (id = 1),
    users         INTEGER NOT NULL DEFAULT 0,
    conversations INTEGER NOT NULL DEFAULT 0,
    messages      INTEGER NOT NULL DEFAULT 0,
    memories      INTEGER NOT NULL DEFAULT 0,
    -- the newest change ever told to the indexes; it stays when the outbox is emptied
    outbox_seq    INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO store_state (id) VALUES (1);

CREATE TABLE users (
    id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name       TEXT NOT NULL UNIQUE,
    role       TEXT NOT NULL,
    time_zone  TEXT NOT NULL DEFAULT 'UTC',
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE user_stats (
    user_id                BLOB NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    -- one counter for each status, so that a list knows its length
    conversations_open     INTEGER NOT NULL DEFAULT 0,
    conversations_archived INTEGER NOT NULL DEFAULT 0,
    conversations_deleted  INTEGER NOT NULL DEFAULT 0,
    messages               INTEGER NOT NULL DEFAULT 0,
    memories               INTEGER NOT NULL DEFAULT 0,
    tokens                 INTEGER NOT NULL DEFAULT 0,
    updated_at             INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    user_id    BLOB NOT NULL REFERENCES users (id),
    name       BLOB NOT NULL,
    role       BLOB,
    goals      BLOB,
    status     TEXT NOT NULL,
    metadata   BLOB,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_age ON sessions (user_id, created_at, id);

CREATE TABLE conversations (
    id            BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    user_id       BLOB NOT NULL REFERENCES users (id),
    session_id    BLOB REFERENCES sessions (id) ON DELETE SET NULL,
    title         BLOB NOT NULL,
    summary       BLOB,
    status        TEXT NOT NULL,
    message_count INTEGER NOT NULL DEFAULT 0,
    last_position INTEGER NOT NULL DEFAULT 0,
    metadata      BLOB,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    active_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX conversations_by_activity ON conversations (user_id, status, active_at, id);
CREATE INDEX conversations_of_session ON conversations (session_id, status, active_at, id) WHERE session_id IS NOT NULL;

CREATE TABLE messages (
    id              BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    conversation_id BLOB NOT NULL REFERENCES conversations (id),
    user_id         BLOB NOT NULL,
    position        INTEGER NOT NULL,
    parent_id       BLOB REFERENCES messages (id),
    role            TEXT NOT NULL,
    author          BLOB,
    content         BLOB NOT NULL,
    parts           BLOB,
    tokens          INTEGER,
    model           TEXT,
    status          TEXT NOT NULL,
    recall_score    REAL,
    metadata        BLOB,
    foreign_source  TEXT,
    foreign_id      TEXT,
    created_at      INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX messages_by_position ON messages (conversation_id, position);
CREATE UNIQUE INDEX messages_by_foreign_id ON messages (user_id, foreign_source, foreign_id)
    WHERE foreign_id IS NOT NULL;
CREATE INDEX messages_by_parent ON messages (parent_id, position) WHERE parent_id IS NOT NULL;
