-- Where imported rows came from, so that an import can be repeated. Messages carry theirs themselves.

CREATE TABLE foreign_ids (
    user_id    BLOB NOT NULL,
    source     TEXT NOT NULL,
    kind       INTEGER NOT NULL, -- 1 session, 2 conversation, 3 memory
    foreign_id TEXT NOT NULL,
    entity_id  BLOB NOT NULL CHECK (length(entity_id) = 16),
    PRIMARY KEY (user_id, source, kind, foreign_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX foreign_ids_by_entity ON foreign_ids (entity_id);
