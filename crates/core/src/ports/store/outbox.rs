use async_trait::async_trait;

use crate::{
    Result, Scope, Timestamp,
    types::{OutboxEntry, OutboxSeq},
};

/// Reads what the indexes must follow. System only.
///
/// Entries become visible in the order of `seq` and without holes behind what was already read: whoever has read up to
/// `n` has missed nothing at or below `n`. Numbers may leave out some, so their difference counts nothing. What was
/// committed before a call is read by it, unless another transaction that began earlier runs on for seconds.
#[async_trait]
pub trait ReadOutbox: Send + Sync {
    /// The next changes after `position`, ascending, each made from the row as it is now: a message that is gone or in
    /// the bin by then is a `Delete`. At most `limit`.
    async fn after(&self, scope: &Scope, position: OutboxSeq, limit: u32) -> Result<Vec<OutboxEntry>>;

    /// The oldest entry kept and the newest ever written; `(1, 0)` when nothing was ever written. An index whose
    /// position is below `oldest - 1` must be rebuilt.
    ///
    /// Neither ever goes back: whichever copy of the store answers, it has what was answered before.
    async fn bounds(&self, scope: &Scope) -> Result<(OutboxSeq, OutboxSeq)>;

    /// How many changes there are behind `position`, visible or removed. Positions may have gaps between them, so their
    /// difference is no number of changes.
    async fn outstanding(&self, scope: &Scope, position: OutboxSeq) -> Result<u64>;

    /// Every indexed row as upserts, for a rebuild: ordered by kind and id, after `after`, at most `limit`. The entries
    /// carry `seq` 0.
    async fn snapshot(
        &self,
        scope: &Scope,
        after: Option<crate::types::DocRef>,
        limit: u32,
    ) -> Result<Vec<OutboxEntry>>;
}

/// How far an index of a node has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexPosition {
    /// The node.
    pub node: String,
    /// The index and its leg, such as `text`.
    pub index: &'static str,
    /// Durable up to here.
    pub position: OutboxSeq,
    /// Now.
    pub at: Timestamp,
}

/// Writes positions and forgets what every index has passed. System only.
#[async_trait]
pub trait WriteOutbox: ReadOutbox {
    /// Notes a position and removes the entries that every position noted in the last 24 hours has passed, at most
    /// 10 000 at a time. Answers how many were removed.
    async fn advance(&self, scope: &Scope, position: IndexPosition) -> Result<u64>;
}
