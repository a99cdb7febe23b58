-- without its keys nothing that is sealed could be opened: turn encryption off first
CREATE TABLE sealed_values_would_be_lost (keys bigint CHECK (keys = 0));
INSERT INTO sealed_values_would_be_lost SELECT count(*) FROM encryption_keys;
DROP TABLE sealed_values_would_be_lost;
DROP TABLE encryption_keys;
