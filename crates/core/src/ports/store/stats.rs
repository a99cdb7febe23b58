use async_trait::async_trait;

use crate::{
    Result, Scope,
    types::{StoreTotals, UserStats},
};

/// Reads counters.
#[async_trait]
pub trait ReadStats: Send + Sync {
    /// The scope's user's; zeros for one who has stored nothing.
    async fn user(&self, scope: &Scope) -> Result<UserStats>;

    /// Of the whole store, from counters and never by scanning rows. System only.
    async fn totals(&self, scope: &Scope) -> Result<StoreTotals>;
}
