-- Keys under which values are sealed; without any, every value is as it was written.

CREATE TABLE encryption_keys (
    key_id bytea PRIMARY KEY CHECK (octet_length(key_id) = 4),
    -- the store's own secret, sealed under the key: only who has the key can open it
    secret bytea NOT NULL,
    phase  text COLLATE "C" NOT NULL,
    since  timestamptz NOT NULL
);
