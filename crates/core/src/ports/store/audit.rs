use async_trait::async_trait;

use crate::{
    Result, Scope,
    types::{AuditEntry, AuditRecord, Cursor, Page},
};

/// Reads the trail.
#[async_trait]
pub trait ReadAudit: Send + Sync {
    /// The scope's user's acts (all under the system scope), newest first.
    async fn list(&self, scope: &Scope, limit: u32, after: Option<Cursor>) -> Result<Page<AuditRecord>>;
}

/// Writes the trail, in the transaction of the act.
#[async_trait]
pub trait WriteAudit: ReadAudit {
    /// Adds an act of the scope's user, or of the system.
    async fn record(&self, scope: &Scope, entry: AuditEntry) -> Result<()>;
}
