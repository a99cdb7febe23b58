//! What one node does for all that share a store, for as long as it leads.

use std::{collections::HashMap, time::Duration};

use jarvis_core::{
    Result, Scope,
    id::UserId,
    types::{Node, NodeId},
};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use crate::{chat, context::Context, erasure::Erasure, upkeep};

/// Pause before leadership that could not be asked for is asked for again.
const RETRY: Duration = Duration::from_secs(1);
/// How often it is looked for erasures that nobody goes on with.
const ERASURES_EVERY: Duration = Duration::from_secs(30);
/// What is not heard of for so long is forgotten with what it owes, as its positions are; it rebuilds when it comes again.
const HEARD_WITHIN: Duration = Duration::from_hours(24);

/// The work of a leader.
pub(crate) struct Duties {
    context: Context,
    erasure: Erasure,
}

impl Duties {
    pub(crate) fn new(context: Context, erasure: Erasure) -> Self {
        Self { context, erasure }
    }

    /// Does the work whenever this node leads, until the engine stops. Losing the lead drops what is being done; all of it
    /// can be done again.
    pub(crate) async fn run(self) {
        let stop = self.context.stop.clone();
        while let Some(led) = stop.run_until_cancelled(self.context.ports.leader.lead()).await {
            match led {
                Ok(leading) => {
                    tracing::debug!(node = %self.context.nodes.own, "leading");
                    let led = async {
                        tokio::select! {
                            () = leading => tracing::info!("another node leads now"),
                            () = self.work() => {}
                        }
                    };
                    stop.run_until_cancelled(Box::pin(led)).await;
                }
                Err(error) => {
                    tracing::warn!(?error, "who leads cannot be told; trying again");
                    stop.run_until_cancelled(sleep(RETRY)).await;
                }
            }
        }
    }

    async fn work(&self) {
        let context = &self.context;
        let pruning = upkeep::run(&context.ports, context.options.idempotency_window);
        tokio::join!(pruning, self.resume_erasures(), self.reap());
    }

    /// Goes on with erasures that an earlier process left. Where there are other nodes, one of them may be at it: it is
    /// given time.
    async fn resume_erasures(&self) {
        let nodes = &self.context.nodes;
        let patience = if nodes.is_shared { nodes.grace * 4 } else { Duration::ZERO };
        let mut ticks = interval(ERASURES_EVERY.min((patience / 4).max(RETRY)));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut seen: HashMap<UserId, Instant> = HashMap::new();
        loop {
            ticks.tick().await;
            let pending = match self.context.ports.store.erasures().pending(&Scope::system()).await {
                Ok(pending) => pending,
                Err(error) => {
                    tracing::warn!(?error, "erasures under way cannot be read; it is tried again");
                    continue;
                }
            };
            seen.retain(|user, _| pending.contains(user));
            for user in pending {
                if seen.entry(user).or_insert_with(Instant::now).elapsed() >= patience {
                    self.erasure.go_on_with(user).await;
                }
            }
        }
    }

    /// Ends what nodes that are gone had begun, and forgets nodes that are gone for long.
    async fn reap(&self) {
        if !self.context.nodes.is_shared {
            return;
        }
        let mut ticks = interval(self.context.nodes.heartbeat);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = self.reap_once().await {
                tracing::debug!(?error, "what other nodes left is not in order yet; it is tried again");
            }
        }
    }

    async fn reap_once(&self) -> Result<()> {
        let context = &self.context;
        for node in context.ports.store.generations().nodes(&Scope::system()).await? {
            if context.nodes.is_gone(&node).await? {
                chat::close_what_is_left(context, &node).await?;
            }
        }
        let oldest = context.now().minus(HEARD_WITHIN);
        for (Node { id, beats, seen_at, .. }, is_gone) in context.nodes.all().await? {
            if is_gone && seen_at < oldest {
                self.forget(id, beats).await?;
            }
        }
        Ok(())
    }

    async fn forget(&self, id: NodeId, beats: u64) -> Result<()> {
        let named = id.clone();
        let unit = self
            .context
            .ports
            .store
            .write(move |tx| Box::pin(async move { tx.nodes().forget(&Scope::system(), &id, beats).await }));
        if unit.await? {
            tracing::info!(node = %named, "forgot a node that was not seen for a day; it makes its indexes anew if it comes");
        }
        Ok(())
    }
}
