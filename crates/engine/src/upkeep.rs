//! What is forgotten after its time.

use std::{sync::Arc, time::Duration};

use jarvis_core::{
    Scope,
    ports::{Clock, Store},
};
use tokio_util::sync::CancellationToken;

/// How often old entries are looked for.
const EVERY: Duration = Duration::from_secs(30);

/// Forgets idempotency keys older than `window` until `stop`.
pub(crate) async fn run(store: Arc<dyn Store>, clock: Arc<dyn Clock>, window: Duration, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        let before = clock.now().minus(window);
        let pruned = store
            .write(move |tx| Box::pin(async move { tx.idempotency().prune(&Scope::system(), before).await }))
            .await;
        if let Err(error) = pruned {
            tracing::debug!(?error, "old idempotency keys could not be forgotten; it is tried again");
        }
    }
}
