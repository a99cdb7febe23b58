-- Who can log in, what they have logged in with, and what lets programs in. Of every token only its SHA-256 is kept.

CREATE TABLE accounts (
    user_id             BLOB NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    password            TEXT NOT NULL, -- hashed, in the form of the Password Hashing Competition
    password_changed_at INTEGER NOT NULL,
    disabled_at         INTEGER,
    last_login_at       INTEGER,
    -- null is without limit
    quota_messages      INTEGER,
    quota_tokens        INTEGER,
    quota_storage       INTEGER,
    created_at          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX accounts_by_age ON accounts (created_at, user_id);
CREATE INDEX users_by_role ON users (role);

-- A login and all that came of it by refreshing; it is over when its row is gone.
CREATE TABLE logins (
    id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    user_id    BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    label      TEXT,
    created_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX logins_by_age ON logins (user_id, created_at, id);
CREATE INDEX logins_by_end ON logins (expires_at);

-- Also those that were exchanged: who uses one again has stolen it, or was stolen from.
CREATE TABLE refresh_tokens (
    token_hash BLOB NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
    login_id   BLOB NOT NULL REFERENCES logins (id) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_tokens_of_login ON refresh_tokens (login_id);
CREATE INDEX refresh_tokens_by_end ON refresh_tokens (expires_at);

CREATE TABLE api_keys (
    id           BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    user_id      BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name         TEXT NOT NULL,
    prefix       TEXT NOT NULL, -- may be shown
    token_hash   BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    permissions  TEXT NOT NULL, -- words, with a space between them
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    last_used_at INTEGER
) STRICT;
CREATE INDEX api_keys_by_age ON api_keys (user_id, created_at, id);

CREATE TABLE invites (
    id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    role       TEXT NOT NULL,
    created_by BLOB REFERENCES users (id) ON DELETE SET NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX invites_by_age ON invites (created_at, id);
CREATE INDEX invites_of_user ON invites (created_by) WHERE created_by IS NOT NULL;
