-- What the indexes must follow, how far they have come, who did what, and which requests were seen.

-- Rows name what changed, not how: the reader makes the change from the row as it is then. A position is the number of the
-- transaction, moved left by 22 bits, and the number of the change within it: readers look only below the oldest
-- transaction that still runs, so one that takes long loses nothing.
CREATE TABLE outbox (
    position  bigint PRIMARY KEY,
    kind      smallint NOT NULL, -- 1 message, 2 memory, 3 a whole conversation that went
    entity_id uuid NOT NULL
);

CREATE TABLE index_positions (
    node       text COLLATE "C" NOT NULL,
    index_name text COLLATE "C" NOT NULL,
    position   bigint NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (node, index_name)
);

CREATE TABLE audit_log (
    id      uuid PRIMARY KEY,
    at      timestamptz NOT NULL,
    user_id uuid, -- null is the system; no foreign key: the trail outlives the person's account
    act     text COLLATE "C" NOT NULL,
    object  text COLLATE "C" NOT NULL,
    detail  text COLLATE "C"
);
CREATE INDEX audit_log_by_user ON audit_log (user_id, at, id);
CREATE INDEX audit_log_by_time ON audit_log (at, id);

CREATE TABLE idempotency_keys (
    user_id      uuid NOT NULL,
    key          text COLLATE "C" NOT NULL,
    request_hash bytea NOT NULL,
    resource_id  uuid NOT NULL,
    finished     boolean NOT NULL DEFAULT false,
    claimed_at   timestamptz NOT NULL,
    PRIMARY KEY (user_id, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (claimed_at);
