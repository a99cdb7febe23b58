DROP INDEX users_by_lower_name;
ALTER TABLE user_stats DROP COLUMN bytes;

-- what is sealed cannot be written as text: turn encryption off first
CREATE TABLE sealed_details_would_be_lost (keys INTEGER CHECK (keys = 0));
INSERT INTO sealed_details_would_be_lost SELECT count(*) FROM encryption_keys;
DROP TABLE sealed_details_would_be_lost;

ALTER TABLE audit_log RENAME TO audit_log_chained;
DROP INDEX audit_log_by_user;
DROP INDEX audit_log_by_subject;
DROP INDEX audit_log_by_object;
DROP INDEX audit_log_by_act;
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
INSERT INTO audit_log (id, at, user_id, act, object, detail)
SELECT id, at, user_id, act, object, CASE WHEN salt IS NULL THEN NULL ELSE CAST(detail AS TEXT) END
FROM audit_log_chained;
DROP TABLE audit_log_chained;
DROP TABLE audit_head;
