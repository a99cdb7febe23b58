-- Documents with their vectors. Those of the embedded model are recomputed by a rebuild and not stored here.

CREATE TABLE collections (
    id         uuid PRIMARY KEY,
    user_id    uuid NOT NULL REFERENCES users (id),
    name       text COLLATE "C" NOT NULL,
    model      text COLLATE "C",
    dimension  bigint,
    metadata   bytea,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (user_id, name)
);

CREATE TABLE vector_entries (
    id            uuid PRIMARY KEY,
    collection_id uuid NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
    document_id   text COLLATE "C" NOT NULL,
    -- what it was derived from, if anything: it goes when that goes
    message_id    uuid REFERENCES messages (id) ON DELETE CASCADE,
    memory_id     uuid REFERENCES memories (id) ON DELETE CASCADE,
    content       bytea NOT NULL,
    metadata      bytea,
    model         text COLLATE "C",
    dimension     bigint,
    vector        bytea,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    UNIQUE (collection_id, document_id)
);
CREATE INDEX vector_entries_by_message ON vector_entries (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX vector_entries_by_memory ON vector_entries (memory_id) WHERE memory_id IS NOT NULL;

CREATE TABLE embedding_cache (
    model        text COLLATE "C" NOT NULL,
    content_key  bytea NOT NULL,
    dimension    bigint NOT NULL,
    vector       bytea NOT NULL,
    last_used_at timestamptz NOT NULL,
    PRIMARY KEY (model, content_key)
);
CREATE INDEX embedding_cache_by_use ON embedding_cache (last_used_at);
