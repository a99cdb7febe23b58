-- What a page about a person's own data asks for: everything in the order it was made, figures for charts, memories that stay,
-- and which erasures are under way.

-- Figures of each quarter of an hour in which something was said: every time zone begins its days at one of these. They are
-- counted with the messages, so a chart of a month reads some hundred rows however much was said.
CREATE TABLE activity (
    user_id  uuid NOT NULL,
    quarter  bigint NOT NULL, -- since 1970
    role     text COLLATE "C" NOT NULL,
    model    text COLLATE "C" NOT NULL, -- empty when no model said it
    messages bigint NOT NULL,
    tokens   bigint NOT NULL, -- of every message ever stored
    PRIMARY KEY (user_id, quarter, role, model)
) WITH (fillfactor = 50); -- changed by every message: room for the next version beside it

INSERT INTO activity (user_id, quarter, role, model, messages, tokens)
SELECT
    user_id,
    floor(extract(epoch FROM created_at) / 900)::bigint,
    role,
    coalesce(model, ''),
    count(*),
    coalesce(sum(tokens), 0)
FROM messages
GROUP BY 1, 2, 3, 4;

ALTER TABLE memories ADD COLUMN pinned boolean NOT NULL DEFAULT false;

-- Erasures of all that a person has, from the request until nothing is left in any file. No foreign key: the person's own row
-- goes first.
CREATE TABLE erasures (
    user_id      uuid PRIMARY KEY,
    requested_at timestamptz NOT NULL
);

-- concurrently: what follows runs statement by statement, outside of a transaction, so that nobody waits for it;
-- it may be repeated when it broke off
DROP INDEX CONCURRENTLY IF EXISTS conversations_by_age;
CREATE INDEX CONCURRENTLY conversations_by_age ON conversations (user_id, created_at, id);
DROP INDEX CONCURRENTLY IF EXISTS memories_by_age;
CREATE INDEX CONCURRENTLY memories_by_age ON memories (user_id, created_at, id)
    INCLUDE (expires_at, superseded_by, kind, category, pinned);
