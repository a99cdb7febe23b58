-- What the indexes must follow, how far they have come, who did what, and which requests were seen.

-- Rows name what changed, not how: the reader makes the change from the row as it is then.
CREATE TABLE outbox (
    seq       INTEGER PRIMARY KEY,
    kind      INTEGER NOT NULL, -- 1 message, 2 memory, 3 a whole conversation that went
    entity_id BLOB NOT NULL
) STRICT;

CREATE TABLE index_positions (
    node       TEXT NOT NULL,
    index_name TEXT NOT NULL,
    position   INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (node, index_name)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_log (
    id      BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    at      INTEGER NOT NULL,
    user_id BLOB, -- null is the system; no foreign key: the trail outlives the person's account
    act     TEXT NOT NULL,
    object  TEXT NOT NULL,
    detail  TEXT
) STRICT;
CREATE INDEX audit_log_by_user ON audit_log (user_id, at, id);
CREATE INDEX audit_log_by_time ON audit_log (at, id);

CREATE TABLE idempotency_keys (
    user_id      BLOB NOT NULL,
    key          TEXT NOT NULL,
    request_hash BLOB NOT NULL,
    resource_id  BLOB NOT NULL,
    finished     INTEGER NOT NULL DEFAULT 0,
    claimed_at   INTEGER NOT NULL,
    PRIMARY KEY (user_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (claimed_at);
