-- What is worth remembering about a person, and the turns it was taken from.

CREATE TABLE memories (
    id               BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    user_id          BLOB NOT NULL REFERENCES users (id),
    kind             TEXT NOT NULL,
    category         TEXT NOT NULL,
    content          BLOB NOT NULL,
    -- hash of the normalised content, because equal contents must be found when the content itself is encrypted
    content_key      BLOB NOT NULL CHECK (length(content_key) = 16),
    importance       REAL NOT NULL,
    access_count     INTEGER NOT NULL DEFAULT 0,
    last_accessed_at INTEGER,
    expires_at       INTEGER,
    valid_from       INTEGER NOT NULL,
    valid_to         INTEGER,
    -- no foreign key: a closed fact stays closed after what replaced it is forgotten
    superseded_by    BLOB,
    metadata         BLOB,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL
) STRICT;
-- the last four columns let a list be filtered and counted without touching the rows
CREATE INDEX memories_by_age ON memories (user_id, created_at, id, expires_at, superseded_by, kind, category);
CREATE INDEX memories_by_content ON memories (user_id, content_key) WHERE superseded_by IS NULL;

CREATE TABLE memory_sources (
    memory_id  BLOB NOT NULL REFERENCES memories (id) ON DELETE CASCADE,
    ordinal    INTEGER NOT NULL,
    message_id BLOB NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    PRIMARY KEY (memory_id, ordinal)
) STRICT, WITHOUT ROWID;
CREATE INDEX memory_sources_by_message ON memory_sources (message_id);
