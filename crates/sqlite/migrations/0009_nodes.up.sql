-- Nodes that share a store: which of them live, what they owe after an erasure, and which one produces an answer.

CREATE TABLE nodes (
    node      TEXT NOT NULL PRIMARY KEY,
    beats     INTEGER NOT NULL, -- grows while the node lives: what tells who is gone, whatever any clock says
    seen_at   INTEGER NOT NULL,
    has_left  INTEGER NOT NULL DEFAULT 0,
    -- changes after which its indexes are to be rewritten, and after which they were
    scrub_due INTEGER NOT NULL DEFAULT 0,
    scrubbed  INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- One who comes back, on whatever node, asks which answers are coming.
CREATE INDEX generations_by_user ON generations (user_id, message_id);
