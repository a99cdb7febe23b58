//! The relational store of Jarvis on SQLite: core's `Store`, `Tx` and `Migrator`.
//!
//! It knows SQL, SQLite's pragmas and result codes, threads and group commit. It must not know what is stored *for*: no
//! use-case, no index, no transport. Nothing of rusqlite shows in its interface.
//!
//! - `connection` sets every pragma, `error` reads every result code.
//! - `writer` is the one thread that writes and commits groups, `unit` runs one unit of work in a savepoint, `readers`
//!   are the threads that read, `checkpoint` empties the write-ahead log, `scrub` takes what was deleted out of it.
//! - `open_converse` reads the databases of another program, `transfer` whole databases for a copy into another store.
//! - `nouns/<noun>.rs` holds the statements and rows of a noun and implements core's traits for `On<R>`, where `R` says
//!   where reads run: on a reader thread (the store) or on the writer's connection (a transaction).
//!
//! # To add a statement
//!
//! Write `sql/<noun>/<verb>.sql` with numbered parameters and name it by `include_str!`; the build prepares it against
//! the migrated schema. If it must not scan, list it in `tests/it/plans.rs`.
//!
//! # To add a noun
//!
//! Its traits go into core with checks in `testkit::store_suite`; here they get a table in a new migration, which core's
//! `transfer::TABLES` lists, a folder in `sql/` and a file in `nouns/`. Columns that hold what people wrote are BLOB and go through `Db::seal` and `Db::open`
//! under a name in `db::column`.
//!
//! # To add a migration
//!
//! Write `migrations/<next number>_<words>.up.sql` and `.down.sql`. The build runs all up, down and up again. A migration
//! that was released is never edited: its checksum is recorded where it was applied.

mod checkpoint;
mod connection;
mod counters;
mod db;
mod deadline;
mod error;
mod integrity;
mod migrate;
mod nouns;
mod open_converse;
mod options;
mod queue;
mod readers;
mod row;
mod run;
mod scrub;
mod store;
mod transfer;
mod unit;
mod writer;

pub use integrity::check_integrity;
pub use migrate::SqliteMigrator;
pub use open_converse::OpenConverseFiles;
pub use options::SqliteOptions;
pub use store::SqliteStore;
pub use transfer::SqliteTransfer;
