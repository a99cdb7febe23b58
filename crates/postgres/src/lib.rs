//! The relational store of Jarvis on PostgreSQL: core's `Store`, `Tx` and `Migrator`.
//!
//! It knows SQL, PostgreSQL's settings and error codes, and the pool of connections. It must not know what is stored
//! *for*: no use-case, no index, no transport. Nothing of sqlx shows in its interface.
//!
//! - `pool` sets everything a connection is opened with, `error` reads every error code.
//! - `readers` runs reads, `unit` runs a unit of work in one transaction; both in tasks that own their connection, because a
//!   caller that goes away must leave neither a statement nor a transaction behind.
//! - `counters` gathers what a unit counts and writes it last, so that units of one person hold that row shortly.
//! - `nouns/<noun>.rs` holds the statements and rows of a noun and implements core's traits for `On<R>`, where `R` says
//!   where reads run: on a connection of their own (the store) or on the unit's (a transaction).
//!
//! - `text` is the index of words on PostgreSQL, `vectors` the one of meaning on pgvector; `transaction` runs a write of
//!   theirs, `documents` says how documents are stored in both.
//!
//! # To add a statement
//!
//! Write `sql/<noun>/<verb>.sql` and name it by `sqlx::query_file!` or one of its kin; `cargo xtask sqlx` checks it against
//! a real server and records in `.sqlx` what building needs to know of it. Many rows go in by `unnest`, one statement
//! however many.
//!
//! A statement that fails within a unit takes the whole unit with it, unless it is between `db::Db::mark` and
//! `db::Db::settle`. What the ports allow a caller to go on after is therefore found out before anything is written, or
//! written with `ON CONFLICT DO NOTHING`.
//!
//! # To add a noun
//!
//! Its traits go into core with checks in `testkit::store_suite`; here they get a table in a new migration, a folder in
//! `sql/` and a file in `nouns/`. Columns that hold what people wrote are bytea and go through `Db::seal` and `Db::open`
//! under a name in `db::column`, the same as in the other stores.
//!
//! # To add a migration
//!
//! Write `migrations/<next number>_<words>.up.sql` and `.down.sql`, with the number and the words that the other stores give
//! it, and name it in `migrate::MIGRATIONS`. What is behind a line that begins with `-- concurrently:` runs statement by
//! statement outside of the transaction: an index on a table that may be large is built there. A migration that was
//! released is never edited: its checksum is recorded where it was applied.

mod bus;
mod claim;
mod counters;
mod create;
mod db;
mod deadline;
mod documents;
mod error;
mod finishing;
mod leader;
mod migrate;
mod nouns;
mod options;
mod pool;
mod readers;
mod replicas;
mod row;
mod run;
mod scrub;
mod shelf;
mod store;
#[cfg(feature = "testkit")]
pub mod testkit;
mod text;
mod transaction;
mod transfer;
mod unit;
mod vectors;

pub use bus::PostgresBus;
pub use claim::PostgresClaim;
pub use create::create_database;
pub use leader::PostgresLeader;
pub use migrate::PostgresMigrator;
pub use options::PostgresOptions;
pub use store::PostgresStore;
pub use text::PostgresTextIndex;
pub use transfer::{PostgresTransfer, refuse_other_processes};
pub use vectors::PostgresVectorIndex;
