use jarvis_core::{
    Result, Scope,
    types::{StoreTotals, UserStats},
};

use crate::context::Context;

/// Counters.
#[derive(Debug)]
pub struct Stats {
    pub(crate) context: Context,
}

/// Counters of one person and sizes of the whole.
#[derive(Clone, Debug, PartialEq)]
pub struct StatsReport {
    /// The person's.
    pub user: UserStats,
    /// The store's.
    pub totals: StoreTotals,
    /// Texts that search can find, of everybody.
    pub indexed: u64,
}

impl Stats {
    pub(crate) fn new(context: Context) -> Self {
        Self { context }
    }

    /// Reads them; nothing is counted by scanning.
    #[tracing::instrument(name = "stats.report", target = "jarvis", skip_all)]
    pub async fn report(&self, scope: &Scope) -> Result<StatsReport> {
        let system = Scope::system();
        self.context.indexes.caught_up().await;
        let (user, totals, indexed) = futures_util::try_join!(
            self.context.ports.store.stats().user(scope),
            self.context.ports.store.stats().totals(&system),
            self.context.ports.text.count(),
        )?;
        Ok(StatsReport { user, totals, indexed })
    }
}
