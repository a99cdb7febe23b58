//! Vectors on PostgreSQL with pgvector: one index for all servers of an installation.
//!
//! - `open` looks for the extension and makes tables and collections, `changes` says what a batch comes down to, `nearest`
//!   chooses between looking at every vector and walking an HNSW graph, `collection` and `index` are the ports.
//!
//! Vectors are of length 1, so the cosine is the inner product; a zero vector has 0 with everything. What is applied is
//! committed at once, in one transaction with the position, whichever server applied it.

mod changes;
mod collection;
mod index;
mod nearest;
mod open;

pub use index::PostgresVectorIndex;
