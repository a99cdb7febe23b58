//! The trail: who did what, when, to what. Each act is noted in the unit that does it; nobody can change what is noted
//! without breaking the chain ([`jarvis_core::policy::audit_chain`]).

mod act;
mod actor;
mod list;
mod verify;

pub use actor::Actor;
pub use list::{AuditFilter, AuditItem};
pub use verify::AuditVerdict;

pub(crate) use act::Act;

use std::time::Duration;

use jarvis_core::{Result, Scope};
use serde_json::Value;

use crate::context::Context;

/// How long is waited before older entries are chained after all.
const AGAIN: Duration = Duration::from_secs(30);

/// The trail.
#[derive(Clone, Debug)]
pub struct Audit {
    context: Context,
}

impl Audit {
    pub(crate) fn new(context: Context) -> Self {
        Self { context }
    }

    /// Notes something that was done outside of the store, such as reading the configuration again.
    pub async fn note(&self, by: &Actor, act: &'static str, object: &str, after: Option<&Value>) -> Result<()> {
        let act = Act::new(&self.context, by, act, object)?;
        let act = if let Some(after) = after { act.after(after)? } else { act };
        self.context.write(Scope::system(), move |tx| Box::pin(async move { act.record(tx).await })).await
    }

    /// Chains what an older version has noted, until it is done or the engine stops.
    pub(crate) async fn chain_older(self) {
        while let Err(error) = self.try_to_chain_older().await {
            tracing::warn!(?error, "older entries of the trail could not be chained yet; it is tried again");
            if self.context.stop.run_until_cancelled(tokio::time::sleep(AGAIN)).await.is_none() {
                return;
            }
        }
    }

    async fn try_to_chain_older(&self) -> Result<()> {
        let store = &self.context.ports.store;
        if store.audit().head(&Scope::system()).await?.hash.is_some() {
            return Ok(());
        }
        let chained = store.write(|tx| Box::pin(async move { tx.audit().chain_older(&Scope::system()).await })).await?;
        if chained > 0 {
            tracing::info!(entries = chained, "chained the entries of the trail that an older version has written");
        }
        Ok(())
    }
}
