//! Full text over messages and memories on PostgreSQL: one index for all servers of an installation.
//!
//! - `jarvis_core::text::search` makes the words of a text and of a question, the same as for the local index, so both find
//!   the same whatever dictionaries the server has; PostgreSQL stores them as `tsvector` and finds them by GIN.
//! - `lexemes` says how words lie in a `tsvector`, `question` how a question is put to the server, `changes` what a batch
//!   comes down to. `open` makes the tables, `index` is the port.
//!
//! What is applied is committed at once, in one transaction with the position, whichever server applied it.

mod changes;
mod index;
mod lexemes;
mod open;
mod question;

pub use index::PostgresTextIndex;
