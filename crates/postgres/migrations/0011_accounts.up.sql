-- Who can log in, what they have logged in with, and what lets programs in. Of every token only its SHA-256 is kept.

CREATE TABLE accounts (
    user_id             uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    password            text COLLATE "C" NOT NULL, -- hashed, in the form of the Password Hashing Competition
    password_changed_at timestamptz NOT NULL,
    disabled_at         timestamptz,
    last_login_at       timestamptz,
    -- null is without limit
    quota_messages      bigint,
    quota_tokens        bigint,
    quota_storage       bigint,
    created_at          timestamptz NOT NULL
);
CREATE INDEX accounts_by_age ON accounts (created_at, user_id);
CREATE INDEX users_by_role ON users (role) WHERE role <> 'user';

-- A login and all that came of it by refreshing; it is over when its row is gone.
CREATE TABLE logins (
    id         uuid PRIMARY KEY,
    user_id    uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    label      text COLLATE "C",
    created_at timestamptz NOT NULL,
    used_at    timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX logins_by_age ON logins (user_id, created_at, id);
CREATE INDEX logins_by_end ON logins (expires_at);

-- Also those that were exchanged: who uses one again has stolen it, or was stolen from.
CREATE TABLE refresh_tokens (
    token_hash bytea PRIMARY KEY CHECK (length(token_hash) = 32),
    login_id   uuid NOT NULL REFERENCES logins (id) ON DELETE CASCADE,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE INDEX refresh_tokens_of_login ON refresh_tokens (login_id);
CREATE INDEX refresh_tokens_by_end ON refresh_tokens (expires_at);

CREATE TABLE api_keys (
    id           uuid PRIMARY KEY,
    user_id      uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name         text COLLATE "C" NOT NULL,
    prefix       text COLLATE "C" NOT NULL, -- may be shown
    token_hash   bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    permissions  text COLLATE "C" NOT NULL, -- words, with a space between them
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz,
    last_used_at timestamptz
);
CREATE INDEX api_keys_by_age ON api_keys (user_id, created_at, id);

CREATE TABLE invites (
    id         uuid PRIMARY KEY,
    token_hash bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    role       text COLLATE "C" NOT NULL,
    created_by uuid REFERENCES users (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX invites_by_age ON invites (created_at, id);
CREATE INDEX invites_of_user ON invites (created_by) WHERE created_by IS NOT NULL;
