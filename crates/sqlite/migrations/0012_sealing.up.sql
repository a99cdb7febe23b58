-- Keys under which values are sealed; without any, every value is as it was written.

CREATE TABLE encryption_keys (
    key_id BLOB NOT NULL PRIMARY KEY CHECK (length(key_id) = 4),
    -- the store's own secret, sealed under the key: only who has the key can open it
    secret BLOB NOT NULL,
    phase  TEXT NOT NULL,
    since  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
