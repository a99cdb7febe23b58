//! Keeps an index true to the store: follows the outbox, rebuilds what fell behind, notes how far it has come so that the
//! store forgets what every index has passed.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use jarvis_core::{
    Error, Result, Scope,
    ports::{Clock, Store, store::IndexPosition},
    types::{DocRef, IndexChange, OutboxEntry, OutboxSeq},
};
use metrics::{Gauge, describe_gauge, gauge};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::leg::Leg;
use crate::{EngineOptions, Ports};

/// How often what was applied is made durable, the position is noted in the store and old entries go.
const HOUSEKEEPING: Duration = Duration::from_secs(5);
/// How often it is looked for changes where other nodes write, too.
const POLL: Duration = Duration::from_secs(1);
/// How long a change may wait for others to be followed with it, while no search waits for it. What was just said is
/// answered meanwhile: following it at once would take the processor from the answer.
const LINGER: Duration = Duration::from_millis(5);
/// How often it is looked whether it has followed.
const FOLLOWED: Duration = Duration::from_millis(10);
/// Waits after a failure: doubled up to the longest.
const FIRST_RETRY: Duration = Duration::from_millis(100);
const LONGEST_RETRY: Duration = Duration::from_secs(10);
const LAG: &str = "jarvis_index_lag_entries";

/// Follows the store for one index of this node.
#[derive(Debug)]
pub struct Indexer {
    store: Arc<dyn Store>,
    leg: Arc<dyn Leg>,
    clock: Arc<dyn Clock>,
    node: String,
    patience: Duration,
    poll: Duration,
    /// Writes told so far; a search waits until as many are settled.
    written: AtomicU64,
    settled: watch::Sender<u64>,
    wake: Notify,
    /// Somebody waits for what was written.
    urgent: Notify,
    failing: AtomicBool,
    rebuild_wanted: AtomicBool,
    /// One is running: whoever asks for one now is answered by it.
    rebuilding: AtomicBool,
    progress: watch::Sender<ReindexProgress>,
    lag: Gauge,
}

/// How far a rebuild has come.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReindexProgress {
    /// Whether one is asked for or running.
    pub running: bool,
    /// Texts put into the index so far.
    pub done: u64,
    /// Texts in the store when it began.
    pub total: u64,
    /// Rebuilds finished since the start.
    pub finished: u64,
    /// Why the one that runs does not get on, if it does not; it is tried again.
    pub trouble: Option<String>,
}

impl Indexer {
    pub(crate) fn new(leg: Arc<dyn Leg>, ports: &Ports, options: &EngineOptions) -> Self {
        describe_gauge!(LAG, "Changes of the store that an index has not applied yet.");
        Self {
            store: Arc::clone(&ports.store),
            clock: Arc::clone(&ports.clock),
            node: options.nodes.node.to_string(),
            patience: options.search_patience,
            poll: if options.nodes.is_shared { POLL } else { HOUSEKEEPING },
            written: AtomicU64::new(1),
            settled: watch::Sender::new(0),
            wake: Notify::new(),
            urgent: Notify::new(),
            failing: AtomicBool::new(false),
            rebuild_wanted: AtomicBool::new(false),
            rebuilding: AtomicBool::new(false),
            progress: watch::Sender::new(ReindexProgress::default()),
            lag: gauge!(LAG, "index" => leg.name()),
            leg,
        }
    }

    /// Something was committed to the store.
    pub(crate) fn changed(&self) {
        self.written.fetch_add(1, Ordering::AcqRel);
        self.wake.notify_one();
    }

    /// Waits until what was committed before this call can be found, at most the configured patience: a search right
    /// after a write finds it, and a search never hangs on an index in trouble. Answers whether it can.
    pub(crate) async fn caught_up(&self) -> bool {
        if self.failing.load(Ordering::Acquire) || self.progress.borrow().running {
            return false;
        }
        let target = self.written.load(Ordering::Acquire);
        let mut settled = self.settled.subscribe();
        if *settled.borrow() >= target {
            return true;
        }
        self.urgent.notify_one();
        let waiting = settled.wait_for(|&settled| settled >= target);
        matches!(tokio::time::timeout(self.patience, waiting).await, Ok(Ok(_)))
    }

    /// Asks for a rebuild from the store; it runs in the background and [`Indexer::progress`] tells.
    pub fn reindex(&self) {
        if self.rebuilding.load(Ordering::Acquire) {
            return;
        }
        self.progress.send_modify(|progress| {
            progress.running = true;
            progress.done = 0;
        });
        self.rebuild_wanted.store(true, Ordering::Release);
        self.wake.notify_one();
        self.urgent.notify_one();
    }

    /// How far a rebuild has come; changes as it goes.
    pub fn progress(&self) -> watch::Receiver<ReindexProgress> {
        self.progress.subscribe()
    }

    /// Entries of the store that the index has not applied yet.
    pub async fn lag(&self) -> Result<u64> {
        let applied = self.leg.applied().await?;
        self.store.outbox().outstanding(&Scope::system(), applied).await
    }

    /// The newest change of the store.
    pub async fn newest(&self) -> Result<OutboxSeq> {
        let (_, newest) = self.store.outbox().bounds(&Scope::system()).await?;
        Ok(newest)
    }

    /// Whether the index has everything up to a change, and is not being made anew.
    pub async fn has_followed(&self, seq: OutboxSeq) -> Result<bool> {
        Ok(!self.rebuilding.load(Ordering::Acquire) && self.leg.applied().await? >= seq)
    }

    /// How far the index is.
    pub(crate) async fn applied(&self) -> Result<OutboxSeq> {
        self.leg.applied().await
    }

    /// Waits until the index has applied everything up to `seq`, rebuilding or not.
    pub(crate) async fn followed_to(&self, seq: OutboxSeq) -> Result<()> {
        self.wake.notify_one();
        self.urgent.notify_one();
        while !self.has_followed(seq).await? {
            tokio::time::sleep(FOLLOWED).await;
        }
        Ok(())
    }

    /// Follows the store until `stop`.
    pub(crate) async fn run(self: Arc<Self>, stop: CancellationToken) {
        let mut retry = FIRST_RETRY;
        let mut housekeeping = tokio::time::interval(HOUSEKEEPING);
        housekeeping.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            match self.follow(&stop).await {
                Ok(()) => {
                    self.failing.store(false, Ordering::Release);
                    retry = FIRST_RETRY;
                }
                // Stopped in the middle of a rebuild: the next start begins it again.
                Err(_) if stop.is_cancelled() => break,
                Err(error) => {
                    self.progress.send_if_modified(|progress| {
                        progress.trouble = progress.running.then(|| error.to_string());
                        progress.running
                    });
                    if !self.failing.swap(true, Ordering::AcqRel) {
                        tracing::warn!(
                            ?error,
                            index = self.leg.name(),
                            "an index cannot follow the store; trying again"
                        );
                    }
                    tokio::select! {
                        () = stop.cancelled() => break,
                        () = tokio::time::sleep(retry) => {}
                    }
                    retry = (retry * 2).min(LONGEST_RETRY);
                    continue;
                }
            }
            tokio::select! {
                () = stop.cancelled() => break,
                () = self.wake.notified() => self.linger(&stop).await,
                // what another node wrote, when its notice was lost or came before a slower one had committed
                () = tokio::time::sleep(self.poll) => {}
                _ = housekeeping.tick() => self.keep_house().await,
            }
        }
    }

    async fn linger(&self, stop: &CancellationToken) {
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.urgent.notified() => {}
            () = tokio::time::sleep(LINGER) => {}
        }
    }

    /// Makes the index durable and notes its position; part of an orderly end.
    pub(crate) async fn checkpoint(&self) {
        if let Err(error) = self.leg.commit().await {
            tracing::warn!(
                ?error,
                index = self.leg.name(),
                "an index was not made durable; it will catch up at the next start"
            );
        }
        self.keep_house().await;
    }

    /// Applies everything the store has, rebuilding first when asked or when the outbox no longer reaches back far
    /// enough.
    async fn follow(&self, stop: &CancellationToken) -> Result<()> {
        if self.rebuild_wanted.load(Ordering::Acquire) {
            self.rebuild(stop).await?;
        }
        loop {
            let target = self.written.load(Ordering::Acquire);
            let position = self.leg.applied().await?;
            let entries = self.store.outbox().after(&Scope::system(), position, self.leg.batch()).await?;
            if entries.is_empty() {
                if self.fell_behind(position).await? {
                    self.rebuild(stop).await?;
                    continue;
                }
                self.settled.send_replace(target);
                return Ok(());
            }
            if entries.first().is_some_and(|first| first.seq > position + 1) && self.fell_behind(position).await? {
                self.rebuild(stop).await?;
                continue;
            }
            let all_read = entries.len() < self.leg.batch() as usize;
            self.leg.apply(entries).await?;
            if all_read {
                // Everything committed before `target` was read is applied, even if more has come since: who wrote that has
                // told of it.
                self.settled.send_replace(target);
                return Ok(());
            }
            if stop.is_cancelled() {
                return Ok(());
            }
        }
    }

    /// Whether entries the index needs are gone, or the store is an older copy than the index.
    async fn fell_behind(&self, position: OutboxSeq) -> Result<bool> {
        let (oldest, newest) = self.store.outbox().bounds(&Scope::system()).await?;
        Ok(position + 1 < oldest || position > newest)
    }

    async fn rebuild(&self, stop: &CancellationToken) -> Result<()> {
        self.rebuilding.store(true, Ordering::Release);
        self.rebuild_wanted.store(false, Ordering::Release);
        let rebuilt = self.fill_anew(stop).await;
        self.rebuild_wanted.fetch_or(rebuilt.is_err(), Ordering::AcqRel);
        self.rebuilding.store(false, Ordering::Release);
        rebuilt?;
        self.progress.send_modify(|progress| {
            progress.running = false;
            progress.finished += 1;
        });
        Ok(())
    }

    async fn fill_anew(&self, stop: &CancellationToken) -> Result<()> {
        let system = Scope::system();
        let totals = self.store.stats().totals(&system).await?;
        let texts = totals.messages + totals.memories;
        self.progress.send_modify(|progress| {
            progress.running = true;
            progress.done = 0;
            progress.total = texts;
            progress.trouble = None;
        });
        tracing::info!(texts, index = self.leg.name(), "rebuilding an index from the store");
        // The end of the outbox is read first: what changes while the snapshot is read comes again behind it.
        let (_, newest) = self.store.outbox().bounds(&system).await?;
        self.leg.clear().await?;
        let mut after: Option<DocRef> = None;
        loop {
            if stop.is_cancelled() {
                return Err(Error::internal("stopped in the middle of a rebuild"));
            }
            let entries = self.store.outbox().snapshot(&system, after, self.leg.batch()).await?;
            let count = entries.len() as u64;
            after = entries.iter().rev().find_map(|entry| match &entry.change {
                IndexChange::Upsert(document) => Some(document.doc),
                _ => None,
            });
            if after.is_none() {
                break;
            }
            self.apply_patiently(entries).await?;
            self.progress.send_modify(|progress| progress.done += count);
        }
        self.leg.resume_at(newest).await?;
        self.leg.commit().await?;
        Ok(())
    }

    /// A rebuild writes faster than the index commits; its back-pressure is waited for, a few times.
    async fn apply_patiently(&self, entries: Vec<OutboxEntry>) -> Result<()> {
        for _ in 0..20 {
            match self.leg.apply(entries.clone()).await {
                Err(error) if error.retry_after().is_some() => {
                    tokio::time::sleep(error.retry_after().unwrap_or(FIRST_RETRY)).await;
                }
                result => return result,
            }
        }
        self.leg.apply(entries).await
    }

    /// Notes the durable position, so that the store forgets what is indexed.
    async fn keep_house(&self) {
        let noted = async {
            let position = self.leg.settle().await?;
            let noted =
                IndexPosition { node: self.node.clone(), index: self.leg.name(), position, at: self.clock.now() };
            self.store
                .write(move |tx| Box::pin(async move { tx.outbox().advance(&Scope::system(), noted).await }))
                .await
        };
        if let Err(error) = noted.await {
            tracing::debug!(?error, index = self.leg.name(), "housekeeping failed; it is tried again");
        }
        if let Ok(lag) = self.lag().await {
            self.lag.set(lag as f64);
        }
    }
}
