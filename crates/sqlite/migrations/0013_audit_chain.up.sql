-- Every entry of the trail names the hash of the one before, and a row of its own says how far it reaches.

ALTER TABLE audit_log RENAME TO audit_log_unchained;
DROP INDEX audit_log_by_user;
DROP INDEX audit_log_by_time;

CREATE TABLE audit_log (
    seq           INTEGER PRIMARY KEY, -- without gaps
    id            BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    at            INTEGER NOT NULL,
    user_id       BLOB, -- who; null is the system; no foreign key: the trail outlives the person's account
    subject_id    BLOB, -- whom it concerns
    via           TEXT NOT NULL,
    act           TEXT NOT NULL,
    object        TEXT NOT NULL,
    detail        BLOB NOT NULL,
    salt          BLOB, -- null once the detail was erased with a person
    digest        BLOB, -- of detail and salt as they were
    previous_hash BLOB,
    hash          BLOB
) STRICT;
CREATE INDEX audit_log_by_user ON audit_log (user_id, seq) WHERE user_id IS NOT NULL;
CREATE INDEX audit_log_by_subject ON audit_log (subject_id, seq) WHERE subject_id IS NOT NULL;
CREATE INDEX audit_log_by_object ON audit_log (object, seq);
CREATE INDEX audit_log_by_act ON audit_log (act, seq);

-- One row once there is an entry; without a hash while entries are not chained yet.
CREATE TABLE audit_head (
    id   INTEGER PRIMARY KEY,
    seq  INTEGER NOT NULL,
    hash BLOB
) STRICT;

-- the first start chains these
INSERT INTO audit_log (seq, id, at, user_id, via, act, object, detail, salt)
SELECT
    row_number() OVER (ORDER BY at, id), id, at, user_id, 'unknown', act, object,
    CAST(coalesce(detail, '{}') AS BLOB), randomblob(16)
FROM audit_log_unchained;
INSERT INTO audit_head (id, seq) SELECT 1, count(*) FROM audit_log HAVING count(*) > 0;
DROP TABLE audit_log_unchained;

-- Names of new accounts differ in more than upper and lower case; older ones may not.
CREATE INDEX users_by_lower_name ON users (lower(name), created_at, id);

-- What the texts of somebody take as they are stored, for their quota.
ALTER TABLE user_stats ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
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
