DROP TABLE erasures;
DROP INDEX memories_by_age;
ALTER TABLE memories DROP COLUMN pinned;
CREATE INDEX memories_by_age ON memories (user_id, created_at, id)
    INCLUDE (expires_at, superseded_by, kind, category);
DROP TABLE activity;
DROP INDEX conversations_by_age;
