-- Where a store came from that was copied from another one. What the outbox was emptied of is told in store_state already.

CREATE TABLE moves (
    id          integer PRIMARY KEY CHECK (id = 1),
    source      text COLLATE "C" NOT NULL,
    fingerprint text COLLATE "C" NOT NULL,
    began_at    timestamptz NOT NULL,
    -- null as long as not everything is there
    finished_at timestamptz
);
