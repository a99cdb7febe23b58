use async_trait::async_trait;

use crate::{
    Result, Scope,
    types::{Activity, ActivityQuery, StoreTotals, UserGrowth, UserStats},
};

/// Reads counters.
#[async_trait]
pub trait ReadStats: Send + Sync {
    /// The scope's user's; zeros for one who has stored nothing.
    async fn user(&self, scope: &Scope) -> Result<UserStats>;

    /// Figures of the scope's user for charts, from counters and narrow indexes; as of the last commit. Work grows with what
    /// was done in the days asked for, not with what there is.
    async fn activity(&self, scope: &Scope, query: &ActivityQuery) -> Result<Activity>;

    /// Of the whole store, from counters and never by scanning rows. System only.
    async fn totals(&self, scope: &Scope) -> Result<StoreTotals>;
}

/// Reads counters while something is written.
#[async_trait]
pub trait WriteStats: ReadStats {
    /// The scope's user's, with what this unit has counted, and by how much it has made them grow. Nobody else changes them
    /// until the unit ends: so others of this user wait, and it is asked last, behind all that the unit writes.
    async fn hold(&self, scope: &Scope) -> Result<(UserStats, UserGrowth)>;
}
