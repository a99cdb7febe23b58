DROP INDEX memories_by_successor;
DROP INDEX memories_by_slot;
ALTER TABLE memories DROP COLUMN slot_key;
ALTER TABLE conversations DROP COLUMN summary_until;
ALTER TABLE sessions DROP COLUMN template;
