//! A node that says that it lives.

use std::sync::{Arc, atomic::Ordering};

use jarvis_core::{
    Result, Scope,
    types::{Node, OutboxSeq},
};
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::Nodes;
use crate::context::Context;

/// What a node hears of itself when it says that it lives.
pub(super) struct Standing {
    /// Whether other nodes knew it before.
    was_known: bool,
    /// Up to where its indexes are to be rewritten, when they are not yet.
    pub(super) owes: Option<OutboxSeq>,
}

impl Nodes {
    /// Says that this node lives, and looks who else does.
    pub(super) async fn beat(&self) -> Result<Standing> {
        let (own, at) = (self.own.clone(), self.clock.now());
        let unit = self.store.write(move |tx| {
            Box::pin(async move {
                let was_known = tx.nodes().beat(&Scope::system(), &own, at).await?;
                Ok((was_known, tx.nodes().list(&Scope::system()).await?))
            })
        });
        let (was_known, nodes) = unit.await?;
        self.liveness().observe(&nodes, Instant::now());
        self.is_known.store(true, Ordering::Release);
        let own = nodes.into_iter().find(|node| node.id == self.own);
        let owes = own.and_then(|Node { scrub_due, scrubbed, .. }| (scrub_due > scrubbed).then_some(scrub_due));
        Ok(Standing { was_known, owes })
    }

    /// Says it at once, to learn what is owed.
    pub(crate) fn beat_soon(&self) {
        self.beat_now.notify_one();
    }

    /// Says that this node ends: other nodes need not wait until they miss it.
    pub(crate) async fn leave(&self) {
        if !self.is_shared {
            return;
        }
        let own = self.own.clone();
        let left =
            self.store.write(move |tx| Box::pin(async move { tx.nodes().leave(&Scope::system(), &own).await })).await;
        if let Err(error) = left {
            tracing::debug!(?error, "other nodes learn of the end of this one only by missing it");
        }
    }
}

/// Says that the node lives, until the engine stops and its last answer has ended.
pub(crate) async fn keep_beating(context: Context) {
    let nodes = Arc::clone(&context.nodes);
    if !nodes.is_shared {
        return;
    }
    let mut ticks = interval(nodes.heartbeat);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut over = std::pin::pin!(context.over());
    let (mut is_failing, mut is_first) = (false, true);
    loop {
        tokio::select! {
            biased;
            () = &mut over => return,
            _ = ticks.tick() => {}
            () = nodes.beat_now.notified() => {}
        }
        match nodes.beat().await {
            Ok(standing) => {
                if std::mem::take(&mut is_first) && !standing.was_known {
                    context.rebuild_what_is_unknown().await;
                }
                if let Some(due) = standing.owes {
                    context.scrub_soon(due);
                }
                is_failing = false;
            }
            Err(error) => {
                if !std::mem::replace(&mut is_failing, true) {
                    tracing::warn!(?error, "other nodes cannot be told that this one lives; it is tried again");
                }
            }
        }
    }
}
