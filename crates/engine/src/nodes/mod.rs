//! The nodes that share a store: who they are, who lives, what they tell each other, and what one of them does for all.
//!
//! A node that nobody shares a store with beats for nobody, asks nobody and leads.

mod asking;
mod beating;
mod duties;
mod listening;
mod liveness;
mod scrubbing;

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use jarvis_core::{
    Error, Result, Scope,
    ports::{Bus, Clock, Store},
    types::{BusMessage, Node, NodeId},
};
use tokio::{sync::Notify, time::Instant};

use crate::Ports;
use asking::Asked;
pub(crate) use beating::keep_beating;
pub(crate) use duties::Duties;
pub(crate) use listening::Listener;
use liveness::Liveness;

/// Notices that something was written come no closer than this: one tells of all that was written since.
const NOTICE_EVERY: Duration = Duration::from_millis(50);

/// Who a node is among those that share its store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeOptions {
    /// Its name: of its index positions, of what it begins, and for other nodes. The same after each restart, and of no
    /// other node.
    pub node: NodeId,
    /// Whether other nodes may work on the same store.
    pub is_shared: bool,
    /// How often it says that it lives.
    pub heartbeat_every: Duration,
    /// A node that has said nothing for so long is gone.
    pub grace: Duration,
    /// How long another node is waited for before it is asked again.
    pub patience: Duration,
}

impl Default for NodeOptions {
    /// The only node of its store.
    fn default() -> Self {
        Self {
            node: NodeId::local(),
            is_shared: false,
            heartbeat_every: Duration::from_secs(2),
            grace: Duration::from_secs(12),
            patience: Duration::from_secs(1),
        }
    }
}

/// This node among those that share its store.
#[derive(Debug)]
pub(crate) struct Nodes {
    pub(crate) own: NodeId,
    pub(crate) is_shared: bool,
    /// How long another node is waited for before it is asked again.
    pub(crate) patience: Duration,
    /// What a node that is gone said last is older than this.
    pub(crate) grace: Duration,
    pub(crate) heartbeat: Duration,
    store: Arc<dyn Store>,
    bus: Arc<dyn Bus>,
    clock: Arc<dyn Clock>,
    liveness: Mutex<Liveness>,
    is_known: AtomicBool,
    asked: Asked,
    wrote: Notify,
    beat_now: Notify,
}

impl Nodes {
    pub(crate) fn new(ports: &Ports, options: &NodeOptions) -> Self {
        Self {
            own: options.node.clone(),
            is_shared: options.is_shared,
            patience: options.patience,
            grace: options.grace,
            heartbeat: options.heartbeat_every,
            store: Arc::clone(&ports.store),
            bus: Arc::clone(&ports.bus),
            clock: Arc::clone(&ports.clock),
            liveness: Mutex::new(Liveness::new(options.grace)),
            is_known: AtomicBool::new(!options.is_shared),
            asked: Asked::default(),
            wrote: Notify::new(),
            beat_now: Notify::new(),
        }
    }

    /// Makes sure that other nodes know this one, before it begins what they must not take for something left behind.
    pub(crate) async fn make_known(&self) -> Result<()> {
        if self.is_known.load(Ordering::Acquire) { Ok(()) } else { self.beat().await.map(drop) }
    }

    /// Whether another node is gone for good or until its next start. Asks the store.
    pub(crate) async fn is_gone(&self, node: &NodeId) -> Result<bool> {
        if *node == self.own || !self.is_shared {
            return Ok(false);
        }
        self.look().await?;
        Ok(self.liveness().is_gone(node))
    }

    /// The nodes that are known, and whether each is gone.
    pub(crate) async fn all(&self) -> Result<Vec<(Node, bool)>> {
        let nodes = self.look().await?;
        let liveness = self.liveness();
        Ok(nodes.into_iter().map(|node| (node.clone(), liveness.is_gone(&node.id))).collect())
    }

    /// Reads in a unit, which no copy of the store that lags behind answers: a node that began something a moment ago must
    /// not be taken for unknown.
    async fn look(&self) -> Result<Vec<Node>> {
        let nodes = self.store.write(|tx| Box::pin(async move { tx.nodes().list(&Scope::system()).await })).await?;
        self.liveness().observe(&nodes, Instant::now());
        Ok(nodes)
    }

    /// Something was committed that the indexes of other nodes must follow, too.
    pub(crate) fn wrote(&self) {
        if self.is_shared {
            self.wrote.notify_one();
        }
    }

    /// Tells other nodes that something was written, until `stop`.
    pub(crate) async fn announce(self: Arc<Self>, stop: tokio_util::sync::CancellationToken) {
        while stop.run_until_cancelled(self.wrote.notified()).await.is_some() {
            self.publish(BusMessage::Wrote { from: self.own.clone() }).await;
            stop.run_until_cancelled(tokio::time::sleep(NOTICE_EVERY)).await;
        }
    }

    /// Tells other nodes something; one that is lost is made good by whoever misses it.
    pub(crate) async fn publish(&self, message: BusMessage) {
        if !self.is_shared {
            return;
        }
        if let Err(error) = self.bus.publish(message).await {
            tracing::debug!(?error, "other nodes could not be told");
        }
    }

    fn liveness(&self) -> MutexGuard<'_, Liveness> {
        self.liveness.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An answer's node cannot be reached now.
pub(crate) fn unreachable() -> Error {
    jarvis_core::ErrorKind::Unavailable
        .error("the server that gives this answer does not reply; try again in a moment")
        .with_code("generation_unreachable")
        .with_retry_after(Duration::from_secs(1))
}
