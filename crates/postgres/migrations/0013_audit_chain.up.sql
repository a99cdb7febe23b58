-- Every entry of the trail names the hash of the one before, and a row of its own says how far it reaches.

ALTER TABLE audit_log RENAME TO audit_log_unchained;
ALTER TABLE audit_log_unchained RENAME CONSTRAINT audit_log_pkey TO audit_log_unchained_pkey;
DROP INDEX audit_log_by_user;
DROP INDEX audit_log_by_time;

CREATE TABLE audit_log (
    seq           bigint PRIMARY KEY, -- without gaps
    id            uuid NOT NULL UNIQUE,
    at            timestamptz NOT NULL,
    user_id       uuid, -- who; null is the system; no foreign key: the trail outlives the person's account
    subject_id    uuid, -- whom it concerns
    via           text COLLATE "C" NOT NULL,
    act           text COLLATE "C" NOT NULL,
    object        text COLLATE "C" NOT NULL,
    detail        bytea NOT NULL,
    salt          bytea, -- null once the detail was erased with a person
    digest        bytea, -- of detail and salt as they were
    previous_hash bytea,
    hash          bytea
);
CREATE INDEX audit_log_by_user ON audit_log (user_id, seq) WHERE user_id IS NOT NULL;
CREATE INDEX audit_log_by_subject ON audit_log (subject_id, seq) WHERE subject_id IS NOT NULL;
CREATE INDEX audit_log_by_object ON audit_log (object, seq);
CREATE INDEX audit_log_by_act ON audit_log (act, seq);

-- One row once there is an entry, which whoever adds one holds; without a hash while entries are not chained yet.
CREATE TABLE audit_head (
    id   bigint PRIMARY KEY,
    seq  bigint NOT NULL,
    hash bytea
);

-- the first start chains these
INSERT INTO audit_log (seq, id, at, user_id, via, act, object, detail, salt)
SELECT
    row_number() OVER (ORDER BY at, id), id, at, user_id, 'unknown', act, object,
    convert_to(coalesce(detail, '{}'), 'UTF8'), uuid_send(gen_random_uuid())
FROM audit_log_unchained;
INSERT INTO audit_head (id, seq) SELECT 1, count(*) FROM audit_log HAVING count(*) > 0;
DROP TABLE audit_log_unchained;

-- What the texts of somebody take as they are stored, for their quota.
ALTER TABLE user_stats ADD COLUMN bytes bigint NOT NULL DEFAULT 0;
WITH taken AS (
    SELECT user_id, sum(bytes) AS bytes
    FROM (
        SELECT user_id, length(content) + coalesce(length(parts), 0) + coalesce(length(metadata), 0) AS bytes FROM messages
        UNION ALL
        SELECT user_id, length(content) + coalesce(length(metadata), 0) FROM memories
        UNION ALL
        SELECT user_id, length(name) + coalesce(length(role), 0) + coalesce(length(goals), 0) + coalesce(length(template), 0)
            + coalesce(length(metadata), 0)
        FROM sessions
    ) AS texts
    GROUP BY user_id
)
UPDATE user_stats SET bytes = coalesce((SELECT taken.bytes FROM taken WHERE taken.user_id = user_stats.user_id), 0);

-- concurrently: what follows runs statement by statement, outside of a transaction, so that nobody waits for it;
-- it may be repeated when it broke off
-- Names of new accounts differ in more than upper and lower case, those of older ones may not.
DROP INDEX CONCURRENTLY IF EXISTS users_by_lower_name;
CREATE INDEX CONCURRENTLY users_by_lower_name ON users (lower(name), created_at, id);
