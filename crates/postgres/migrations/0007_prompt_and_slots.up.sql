-- What a session says instead of the usual system message, how far a conversation's summary reaches, and which memories
-- tell something of which there is one at a time.

ALTER TABLE sessions ADD COLUMN template bytea;
-- no foreign key: the conversation goes with its messages; null when a person wrote the summary
ALTER TABLE conversations ADD COLUMN summary_until uuid;
-- hash of the slot, because equal slots must be found when the content is encrypted and must not tell what it is about
ALTER TABLE memories ADD COLUMN slot_key bytea;

-- concurrently: what follows runs statement by statement, outside of a transaction, so that nobody waits for it;
-- it may be repeated when it broke off
DROP INDEX CONCURRENTLY IF EXISTS memories_by_slot;
CREATE INDEX CONCURRENTLY memories_by_slot ON memories (user_id, slot_key)
    WHERE slot_key IS NOT NULL AND superseded_by IS NULL;
DROP INDEX CONCURRENTLY IF EXISTS memories_by_successor;
-- what is deleted gives back what it had closed
CREATE INDEX CONCURRENTLY memories_by_successor ON memories (superseded_by) WHERE superseded_by IS NOT NULL;
