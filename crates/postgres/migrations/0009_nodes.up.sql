-- Nodes that share a store: which of them live, what they owe after an erasure, and which one produces an answer.

CREATE TABLE nodes (
    node      text COLLATE "C" PRIMARY KEY,
    beats     bigint NOT NULL, -- grows while the node lives: what tells who is gone, whatever any clock says
    seen_at   timestamptz NOT NULL,
    has_left  boolean NOT NULL DEFAULT false,
    -- changes after which its indexes are to be rewritten, and after which they were
    scrub_due bigint NOT NULL DEFAULT 0,
    scrubbed  bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50); -- changed by every beat: room for the next version beside it

-- concurrently: what follows runs statement by statement, outside of a transaction, so that nobody waits for it;
-- it may be repeated when it broke off
-- One who comes back, on whatever node, asks which answers are coming.
DROP INDEX CONCURRENTLY IF EXISTS generations_by_user;
CREATE INDEX CONCURRENTLY generations_by_user ON generations (user_id, message_id);
