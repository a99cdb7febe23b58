DROP TABLE memory_sources;
DROP TABLE memories;
