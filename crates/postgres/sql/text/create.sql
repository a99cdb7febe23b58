-- Words of messages and memories. All of it can be made again from the store, so it is none of its migrations: an index of
-- another version is dropped and begins anew.

-- Exactly one row; who applies changes holds it.
CREATE TABLE text_state (
    id        integer PRIMARY KEY CHECK (id = 1),
    version   integer NOT NULL,
    -- the last change applied
    position  bigint NOT NULL DEFAULT 0,
    documents bigint NOT NULL DEFAULT 0
);

CREATE TABLE text_documents (
    id              uuid NOT NULL,
    kind            smallint NOT NULL, -- 1 message, 2 memory
    user_id         uuid NOT NULL,
    conversation_id uuid,
    role            text COLLATE "C",
    recallable      boolean NOT NULL,
    created_at      timestamptz NOT NULL,
    words           integer NOT NULL, -- those with a meaning
    -- stems and, marked, stop words; each behind some letters of its owner, so that nobody's search reads the lists of others
    body            tsvector NOT NULL,
    repeats         jsonb, -- how often words occur that occur more than once
    PRIMARY KEY (id, kind)
);
CREATE INDEX text_documents_by_word ON text_documents USING gin (body);
CREATE INDEX text_documents_by_age ON text_documents (user_id, created_at)
    INCLUDE (words, kind, role, recallable, conversation_id);
CREATE INDEX text_documents_by_conversation ON text_documents (conversation_id, user_id)
    WHERE conversation_id IS NOT NULL;
