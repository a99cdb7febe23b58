DROP TABLE embedding_cache;
DROP TABLE vector_entries;
DROP TABLE collections;
