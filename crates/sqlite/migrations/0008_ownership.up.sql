-- What a page about a person's own data asks for: everything in the order it was made, figures for charts, memories that stay,
-- and which erasures are under way.

CREATE INDEX conversations_by_age ON conversations (user_id, created_at, id);

-- Figures of each quarter of an hour in which something was said: every time zone begins its days at one of these. They are
-- counted with the messages, so a chart of a month reads some hundred rows however much was said.
CREATE TABLE activity (
    user_id  BLOB NOT NULL,
    quarter  INTEGER NOT NULL, -- since 1970
    role     TEXT NOT NULL,
    model    TEXT NOT NULL, -- empty when no model said it
    messages INTEGER NOT NULL,
    tokens   INTEGER NOT NULL, -- of every message ever stored
    PRIMARY KEY (user_id, quarter, role, model)
) STRICT, WITHOUT ROWID;

INSERT INTO activity (user_id, quarter, role, model, messages, tokens)
SELECT
    user_id,
    (created_at - ((created_at % 900000000) + 900000000) % 900000000) / 900000000,
    role,
    coalesce(model, ''),
    count(*),
    coalesce(sum(tokens), 0)
FROM messages
GROUP BY 1, 2, 3, 4;

ALTER TABLE memories ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
DROP INDEX memories_by_age;
CREATE INDEX memories_by_age ON memories (user_id, created_at, id, expires_at, superseded_by, kind, category, pinned);

-- Erasures of all that a person has, from the request until nothing is left in any file. No foreign key: the person's own row
-- goes first.
CREATE TABLE erasures (
    user_id      BLOB NOT NULL PRIMARY KEY CHECK (length(user_id) = 16),
    requested_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
