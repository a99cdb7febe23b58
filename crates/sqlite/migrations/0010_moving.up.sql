-- Where a store came from that was copied from another one, and how far its outbox was emptied: positions that come from
-- another store have gaps, so the oldest entry no longer tells.

CREATE TABLE moves (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    source      TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    began_at    INTEGER NOT NULL,
    -- null as long as not everything is there
    finished_at INTEGER
) STRICT;

-- every entry up to this position is gone
ALTER TABLE store_state ADD COLUMN outbox_pruned INTEGER NOT NULL DEFAULT 0;
UPDATE store_state SET outbox_pruned = coalesce((SELECT min(seq) - 1 FROM outbox), outbox_seq);
