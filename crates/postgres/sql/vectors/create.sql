-- Vectors of messages and memories, for pgvector. All of it can be made again from the store, so it is none of its
-- migrations.

CREATE EXTENSION IF NOT EXISTS vector;

CREATE TABLE vector_collections (
    id        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name      text COLLATE "C" NOT NULL UNIQUE,
    model     text COLLATE "C" NOT NULL,
    dimension integer NOT NULL,
    -- the last change applied; who applies changes holds the row
    position  bigint NOT NULL DEFAULT 0,
    documents bigint NOT NULL DEFAULT 0
);

-- A part for each collection: it goes at once, whatever its size, and has an index of its own dimension.
CREATE TABLE vector_documents (
    collection integer NOT NULL,
    id         uuid NOT NULL,
    kind       smallint NOT NULL, -- 1 message, 2 memory
    created_at timestamptz NOT NULL,
    tags       text[] COLLATE "C" NOT NULL,
    embedding  vector NOT NULL,
    PRIMARY KEY (collection, id, kind)
) PARTITION BY LIST (collection);
CREATE INDEX vector_documents_by_tag ON vector_documents USING gin (tags);
