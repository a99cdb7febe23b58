-- Documents with their vectors. Those of the embedded model are recomputed by a rebuild and not stored here.

CREATE TABLE collections (
    id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    user_id    BLOB NOT NULL REFERENCES users (id),
    name       TEXT NOT NULL,
    model      TEXT,
    dimension  INTEGER,
    metadata   BLOB,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (user_id, name)
) STRICT;

CREATE TABLE vector_entries (
    id            BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    collection_id BLOB NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
    document_id   TEXT NOT NULL,
    -- what it was derived from, if anything: it goes when that goes
    message_id    BLOB REFERENCES messages (id) ON DELETE CASCADE,
    memory_id     BLOB REFERENCES memories (id) ON DELETE CASCADE,
    content       BLOB NOT NULL,
    metadata      BLOB,
    model         TEXT,
    dimension     INTEGER,
    vector        BLOB,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    UNIQUE (collection_id, document_id)
) STRICT;
CREATE INDEX vector_entries_by_message ON vector_entries (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX vector_entries_by_memory ON vector_entries (memory_id) WHERE memory_id IS NOT NULL;

CREATE TABLE embedding_cache (
    model        TEXT NOT NULL,
    content_key  BLOB NOT NULL,
    dimension    INTEGER NOT NULL,
    vector       BLOB NOT NULL,
    last_used_at INTEGER NOT NULL,
    PRIMARY KEY (model, content_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX embedding_cache_by_use ON embedding_cache (last_used_at);
