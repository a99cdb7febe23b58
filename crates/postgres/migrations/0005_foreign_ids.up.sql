-- Where imported rows came from, so that an import can be repeated. Messages carry theirs themselves.

CREATE TABLE foreign_ids (
    user_id    uuid NOT NULL,
    source     text COLLATE "C" NOT NULL,
    kind       smallint NOT NULL, -- 1 session, 2 conversation, 3 memory
    foreign_id text COLLATE "C" NOT NULL,
    entity_id  uuid NOT NULL,
    PRIMARY KEY (user_id, source, kind, foreign_id)
);
CREATE INDEX foreign_ids_by_entity ON foreign_ids (entity_id);
