//! What is forgotten after its time.

use std::time::Duration;

use jarvis_core::Scope;

use crate::Ports;

/// How often old entries are looked for.
const EVERY: Duration = Duration::from_secs(30);

/// Forgets idempotency keys older than `window` and logins that are over, for as long as it is asked to.
pub(crate) async fn run(ports: &Ports, window: Duration) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let before = ports.clock.now().minus(window);
        let pruned = ports
            .store
            .write(move |tx| Box::pin(async move { tx.idempotency().prune(&Scope::system(), before).await }))
            .await;
        if let Err(error) = pruned {
            tracing::debug!(?error, "old idempotency keys could not be forgotten; it is tried again");
        }
        let now = ports.clock.now();
        let pruned =
            ports.store.write(move |tx| Box::pin(async move { tx.logins().prune(&Scope::system(), now).await }));
        if let Err(error) = pruned.await {
            tracing::debug!(?error, "logins that are over could not be forgotten; it is tried again");
        }
    }
}
