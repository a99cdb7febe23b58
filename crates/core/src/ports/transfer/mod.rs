//! Taking all that a store holds into another one, row by row, so that nothing has to be derived anew.

mod cell;
mod tables;

use async_trait::async_trait;
use std::fmt::Debug;

use crate::{
    Result, Timestamp,
    types::{NodeId, OutboxSeq},
};

pub use cell::{Cell, CellKind, Row};
pub use tables::{TABLES, Table};

/// How many rows are read at once.
#[derive(Clone, Copy, Debug)]
pub struct Portion {
    /// Rows at most.
    pub rows: u32,
    /// No further row once the rows have this many bytes.
    pub bytes: usize,
}

/// How far the entries of an outbox reach. Indexes outside the store keep positions of it, so a store that was made from another
/// goes on above them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutboxEnds {
    /// Every entry up to this position is gone; 0 when none is.
    pub pruned: OutboxSeq,
    /// The newest position that was ever given; 0 when none was.
    pub newest: OutboxSeq,
}

/// Where a store comes from that was, or is being, made from another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoveMark {
    /// The other store, as people name it, without a secret.
    pub source: String,
    /// Tells whether the other store is as it was when the move began, as far as counting tells.
    pub fingerprint: String,
    /// When it began.
    pub began_at: Timestamp,
    /// When everything was there and had been compared; none as long as the store must not be used.
    pub finished_at: Option<Timestamp>,
}

/// A whole store to be read, which nobody can change meanwhile: opening it keeps every writer out until it is dropped, and was
/// refused when its schema is not the newest, or when it is itself an unfinished copy.
#[async_trait]
pub trait TransferSource: Send + Sync + Debug {
    /// How many rows a table has.
    async fn count(&self, table: &'static Table) -> Result<u64>;

    /// The rows of a table behind `after`, the cells of a key, in the order of the key; from the first one when it is none. No
    /// more than `portion` says, and none only when there is none.
    async fn read(&self, table: &'static Table, after: Option<Vec<Cell>>, portion: Portion) -> Result<Vec<Row>>;

    /// How far the outbox reaches.
    async fn outbox(&self) -> Result<OutboxEnds>;
}

/// A store to be made equal to another one. Opening it brings its schema up to date and keeps everybody else out until it is
/// dropped. Every method is whole or not at all, and durable when it answers.
#[async_trait]
pub trait TransferTarget: TransferSource {
    /// Where it comes from; none when it was never made from another.
    async fn mark(&self) -> Result<Option<MoveMark>>;

    /// Removes every row of every table and says that a move began: until [`finish`](Self::finish) nobody can open it as a store.
    async fn begin(&self, mark: MoveMark) -> Result<()>;

    /// The key of the last row of a table: where a copy in the order of keys goes on.
    async fn last_key(&self, table: &'static Table) -> Result<Option<Vec<Cell>>>;

    /// Puts rows into a table; those whose key is there already are left as they are.
    async fn write(&self, table: &'static Table, rows: Vec<Row>) -> Result<()>;

    /// The node whose data directory goes with the store was named `old` in the source and is `new` here: its index positions get
    /// that name, and it counts as a known node, so that its indexes go on.
    async fn rename_node(&self, old: &NodeId, new: &NodeId, at: Timestamp) -> Result<()>;

    /// Everything is there: checks that no reference leads nowhere, sets what is derived, such as totals, lets positions of the
    /// outbox go on above `outbox.newest`, and notes the time, from which on it is a store like any other.
    async fn finish(&self, outbox: OutboxEnds, at: Timestamp) -> Result<()>;
}

/// The refusal to open an unfinished copy as a store.
pub fn unfinished_copy(source: &str) -> crate::Error {
    crate::ErrorKind::Conflict
        .error(format!(
            "this database is an unfinished copy of {source}; run `jarvis migrate-store` again, which goes on where it stopped, \
             or use the old one"
        ))
        .with_code("move_unfinished")
}
