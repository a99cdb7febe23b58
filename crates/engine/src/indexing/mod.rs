//! What keeps the indexes true to the store.

mod indexer;
mod leg;
mod vector_leg;

use std::sync::Arc;

use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use indexer::{Indexer, ReindexProgress};

use crate::{EngineOptions, Ports, vectors::Vectors};
use leg::TextLeg;
use vector_leg::VectorLeg;

/// The indexes, each at its own pace.
#[derive(Clone, Debug)]
pub struct Indexes {
    /// Words.
    pub text: Arc<Indexer>,
    /// Meaning.
    pub vectors: Arc<Indexer>,
}

impl Indexes {
    pub(crate) fn new(ports: &Ports, vectors: &Vectors, options: &EngineOptions) -> Self {
        let text = Arc::new(TextLeg(Arc::clone(&ports.text)));
        let meaning = Arc::new(VectorLeg(vectors.clone()));
        Self {
            text: Arc::new(Indexer::new(text, ports, options)),
            vectors: Arc::new(Indexer::new(meaning, ports, options)),
        }
    }

    pub(crate) fn start(&self, tracker: &TaskTracker, stop: &CancellationToken) {
        for indexer in [&self.text, &self.vectors] {
            tracker.spawn(Arc::clone(indexer).run(stop.clone()));
        }
    }

    /// Something was committed to the store.
    pub(crate) fn changed(&self) {
        self.text.changed();
        self.vectors.changed();
    }

    /// Waits a moment until words that were committed before can be found, and answers whether they can; vectors are never
    /// waited for.
    pub(crate) async fn caught_up(&self) -> bool {
        self.text.caught_up().await
    }

    /// Asks for a rebuild of all from the store; it runs in the background and [`Indexes::progress`] tells.
    pub fn reindex(&self) {
        self.text.reindex();
        self.vectors.reindex();
    }

    /// How far rebuilds have come: as far as the slower one.
    pub fn progress(&self) -> ReindexProgress {
        let text = self.text.progress().borrow().clone();
        let vectors = self.vectors.progress().borrow().clone();
        ReindexProgress {
            running: text.running || vectors.running,
            done: text.done.min(vectors.done),
            total: text.total.max(vectors.total),
            finished: text.finished.min(vectors.finished),
            trouble: text.trouble.or(vectors.trouble),
        }
    }

    /// Makes all durable; part of an orderly end.
    pub(crate) async fn checkpoint(&self) {
        tokio::join!(self.text.checkpoint(), self.vectors.checkpoint());
    }
}
