//! What keeps the text of running answers durable, and puts in order what a crash left of them.

use std::{sync::Arc, time::Duration};

use jarvis_core::{Result, Scope, types::GenerationPart};
use tokio::{
    sync::SetOnce,
    time::{MissedTickBehavior, interval},
};

use super::{
    left::close_what_is_left,
    registry::{Entry, Registry},
};
use crate::context::Context;

/// Answers whose text is written in one unit of work.
const BATCH: usize = 50;
/// The part of the time between two checkpoints over which these units are spread: all of them in one go would hold up the
/// tokens of many answers at once.
const SPREAD: f64 = 0.8;

/// After the first text of an answer, until that is kept: whoever has seen a part of an answer finds it after a crash.
const FIRST: Duration = Duration::from_millis(100);

const KEPT: &str = "jarvis_generation_parts_kept_total";

/// Tells `/metrics` what the counter means.
pub(super) fn describe() {
    metrics::describe_counter!(KEPT, "Pieces of running answers that were made durable.");
}

/// One for each engine.
pub(super) struct Keeper {
    context: Context,
    registry: Arc<Registry>,
}

impl Keeper {
    pub(super) fn new(context: Context, registry: Arc<Registry>) -> Self {
        Self { context, registry }
    }

    /// Runs until the engine stops, and then for as long as answers are being produced.
    pub(super) async fn run(self, recovered: Arc<SetOnce<()>>) {
        let mut in_order = self.put_in_order().await;
        // A store in trouble refuses chats by itself; what is left is tried again.
        let _ = recovered.set(());
        let mut ticks = interval(self.context.options.checkpoint_every.max(Duration::from_millis(1)));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut over = std::pin::pin!(self.context.over());
        loop {
            let growing = tokio::select! {
                biased;
                () = &mut over => return,
                _ = ticks.tick() => self.registry.running(),
                () = self.registry.speaking.notified() => {
                    tokio::time::sleep(FIRST.min(self.context.options.checkpoint_every)).await;
                    self.registry.running().into_iter().filter(|entry| entry.is_new()).collect()
                }
            };
            if !in_order {
                in_order = self.put_in_order().await;
            }
            self.keep(growing).await;
            self.registry.forget_old();
        }
    }

    /// Makes the text that came since the last time durable.
    async fn keep(&self, growing: Vec<Arc<Entry>>) {
        let at = self.context.now();
        let grown: Vec<(Arc<Entry>, GenerationPart)> =
            growing.into_iter().filter_map(|entry| entry.growth(at).map(|part| (entry, part))).collect();
        let pause =
            self.context.options.checkpoint_every.mul_f64(SPREAD * (BATCH as f64 / grown.len().max(1) as f64).min(1.0));
        for batch in grown.chunks(BATCH) {
            let parts: Vec<GenerationPart> = batch.iter().map(|(_, part)| part.clone()).collect();
            let kept = self
                .context
                .ports
                .store
                .write(move |tx| Box::pin(async move { tx.generations().keep(&Scope::system(), parts).await }))
                .await;
            if let Err(error) = kept {
                tracing::warn!(?error, "text of running answers is not durable yet; it is tried again");
                return;
            }
            for (entry, part) in batch {
                entry.kept(part.start + part.text.len());
            }
            metrics::counter!(KEPT).increment(batch.len() as u64);
            if batch.len() == BATCH {
                tokio::time::sleep(pause).await;
            }
        }
    }

    /// Turns what an earlier process of this node left into messages. Answers whether all of it is in order.
    async fn put_in_order(&self) -> bool {
        let done = self.close_own().await;
        if let Err(error) = &done {
            tracing::warn!(?error, "answers that a crash cut short are not in order yet; it is tried again");
        }
        done.is_ok()
    }

    /// Other nodes know this one first: they would take what it begins for something left behind.
    async fn close_own(&self) -> Result<()> {
        self.context.nodes.make_known().await?;
        close_what_is_left(&self.context, &self.context.nodes.own).await
    }
}
