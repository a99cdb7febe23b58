-- What is worth remembering about a person, and the turns it was taken from.

CREATE TABLE memories (
    id               uuid PRIMARY KEY,
    user_id          uuid NOT NULL REFERENCES users (id),
    kind             text COLLATE "C" NOT NULL,
    category         text COLLATE "C" NOT NULL,
    content          bytea NOT NULL,
    -- hash of the normalised content, because equal contents must be found when the content itself is encrypted
    content_key      bytea NOT NULL CHECK (octet_length(content_key) = 16),
    importance       real NOT NULL,
    access_count     bigint NOT NULL DEFAULT 0,
    last_accessed_at timestamptz,
    expires_at       timestamptz,
    valid_from       timestamptz NOT NULL,
    valid_to         timestamptz,
    -- no foreign key: a closed fact stays closed after what replaced it is forgotten
    superseded_by    uuid,
    metadata         bytea,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL
);
-- the columns beside the key let a list be filtered and counted without touching the rows
CREATE INDEX memories_by_age ON memories (user_id, created_at, id)
    INCLUDE (expires_at, superseded_by, kind, category);
CREATE INDEX memories_by_content ON memories (user_id, content_key) WHERE superseded_by IS NULL;

CREATE TABLE memory_sources (
    memory_id  uuid NOT NULL REFERENCES memories (id) ON DELETE CASCADE,
    ordinal    bigint NOT NULL,
    message_id uuid NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    PRIMARY KEY (memory_id, ordinal)
);
CREATE INDEX memory_sources_by_message ON memory_sources (message_id);
