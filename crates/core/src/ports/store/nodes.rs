use async_trait::async_trait;

use crate::{
    Result, Scope, Timestamp,
    types::{Node, NodeId, OutboxSeq},
};

/// Reads which nodes work on the store, or did lately. System only.
#[async_trait]
pub trait ReadNodes: Send + Sync {
    /// All that are known, by name; at most 1 000.
    async fn list(&self, scope: &Scope) -> Result<Vec<Node>>;
}

/// Writes which nodes work on the store. System only.
#[async_trait]
pub trait WriteNodes: ReadNodes {
    /// Notes that a node lives: its beats grow by one, and it has not left. Answers whether it was known before.
    async fn beat(&self, scope: &Scope, node: &NodeId, at: Timestamp) -> Result<bool>;

    /// Notes that a node ends in order; an unknown one stays unknown.
    async fn leave(&self, scope: &Scope, node: &NodeId) -> Result<()>;

    /// Makes every known node owe a rewriting of its indexes once they have followed to `due`; whoever owes more already
    /// goes on owing that.
    async fn demand_scrub(&self, scope: &Scope, due: OutboxSeq) -> Result<()>;

    /// Notes that a node has rewritten its indexes after they had followed to `scrubbed`.
    async fn note_scrubbed(&self, scope: &Scope, node: &NodeId, scrubbed: OutboxSeq) -> Result<()>;

    /// Forgets a node and what it owes, when its beats are still `beats`: one that lives again stays. Answers whether it
    /// was forgotten.
    async fn forget(&self, scope: &Scope, node: &NodeId, beats: u64) -> Result<bool>;
}
