use async_trait::async_trait;

use crate::{
    Result, Scope,
    types::{AuditEntry, AuditHead, AuditQuery, AuditRecord},
};

/// Reads the trail. System only.
#[async_trait]
pub trait ReadAudit: Send + Sync {
    /// The entries that are meant, newest first.
    async fn list(&self, scope: &Scope, query: &AuditQuery) -> Result<Vec<AuditRecord>>;

    /// So many entries behind a number, in their order.
    async fn entries(&self, scope: &Scope, after: u64, limit: u32) -> Result<Vec<AuditRecord>>;

    /// How far the trail reaches.
    async fn head(&self, scope: &Scope) -> Result<AuditHead>;
}

/// Writes the trail, in the transaction of the act.
///
/// Contract: entries are numbered without gaps in the order of their commits, whoever writes them, and each names the hash of
/// the one before ([`audit_chain`](crate::policy::audit_chain)). Who waits for their turn waits at the end of their transaction.
#[async_trait]
pub trait WriteAudit: ReadAudit {
    /// Adds an act of the scope's user, or of the system.
    async fn record(&self, scope: &Scope, entry: AuditEntry) -> Result<()>;

    /// Chains the entries that an older version has stored, before anything is added. Answers how many. System only.
    async fn chain_older(&self, scope: &Scope) -> Result<u64>;
}
