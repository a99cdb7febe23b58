DROP INDEX users_by_lower_name;
ALTER TABLE user_stats DROP COLUMN bytes;

-- what is sealed cannot be written as text: turn encryption off first
CREATE TABLE sealed_details_would_be_lost (keys bigint CHECK (keys = 0));
INSERT INTO sealed_details_would_be_lost SELECT count(*) FROM encryption_keys;
DROP TABLE sealed_details_would_be_lost;

ALTER TABLE audit_log RENAME TO audit_log_chained;
ALTER TABLE audit_log_chained RENAME CONSTRAINT audit_log_pkey TO audit_log_chained_pkey;
DROP INDEX audit_log_by_user;
DROP INDEX audit_log_by_subject;
DROP INDEX audit_log_by_object;
DROP INDEX audit_log_by_act;
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
INSERT INTO audit_log (id, at, user_id, act, object, detail)
SELECT id, at, user_id, act, object, CASE WHEN salt IS NULL THEN NULL ELSE convert_from(detail, 'UTF8') END
FROM audit_log_chained;
DROP TABLE audit_log_chained;
DROP TABLE audit_head;
