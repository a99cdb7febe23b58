//! How many answers a provider works on at a time.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use jarvis_core::{
    Error, ErrorKind, Result,
    observe::QueueMeter,
    ports::{Health, LanguageModel, ModelInfo, ModelRequest, ModelStream},
};
use metrics::Gauge;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::watched::watched;

const RUNNING: &str = "jarvis_llm_running";
const WAITING: &str = "jarvis_llm_waiting";

/// When trying again may find a shorter queue; nobody knows how long answers are.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// How many, and how long they wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Answers at a time; at least 1.
    pub running: usize,
    /// Requests that wait for their turn, at most.
    pub waiting: usize,
    /// Longest that one waits.
    pub patience: Duration,
}

/// Lets so many answers run at a time. Others wait, first come first served; who finds the queue full, or waits too long,
/// is told `model_busy`. A turn lasts until its answer ends or is dropped.
#[derive(Debug)]
pub struct LimitedModel {
    inner: Arc<dyn LanguageModel>,
    turns: Arc<Semaphore>,
    places: Semaphore,
    patience: Duration,
    queue: QueueMeter,
    running: Gauge,
    waiting: Gauge,
}

impl LimitedModel {
    /// Limits `inner`; `provider` names it in measurements.
    pub fn new(inner: Arc<dyn LanguageModel>, limits: Limits, provider: &'static str) -> Self {
        metrics::describe_gauge!(RUNNING, "Answers that a provider of language models works on.");
        metrics::describe_gauge!(WAITING, "Requests that wait for their turn at a provider of language models.");
        let turns = Arc::new(Semaphore::new(limits.running.max(1)));
        let queue = QueueMeter::new(format!("llm_{provider}"), limits.waiting);
        Self {
            inner,
            turns,
            places: Semaphore::new(limits.waiting),
            patience: limits.patience,
            queue,
            running: metrics::gauge!(RUNNING, "provider" => provider),
            waiting: metrics::gauge!(WAITING, "provider" => provider),
        }
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit> {
        // A permit that becomes free goes to who waits longest, so this never overtakes anybody.
        if let Ok(turn) = Arc::clone(&self.turns).try_acquire_owned() {
            return Ok(turn);
        }
        let busy = |why| {
            self.queue.rejected(1);
            busy(why)
        };
        let _place = self.places.try_acquire().map_err(|_| busy("too many requests wait for the model"))?;
        let _queued = self.queue.enter();
        let _waiting = Counted::new(self.waiting.clone());
        let turn = tokio::time::timeout(self.patience, Arc::clone(&self.turns).acquire_owned()).await;
        turn.map_err(|_| busy("the model was busy with others for too long"))?.map_err(Error::internal)
    }
}

#[async_trait]
impl LanguageModel for LimitedModel {
    async fn check(&self) -> Health {
        self.inner.check().await
    }

    async fn models(&self) -> Result<Vec<ModelInfo>> {
        self.inner.models().await
    }

    async fn complete(&self, request: ModelRequest) -> Result<ModelStream> {
        let turn = self.turn().await?;
        let running = Counted::new(self.running.clone());
        let stream = self.inner.complete(request).await?;
        Ok(watched(stream, move |_| {
            let _held = (&turn, &running);
        }))
    }
}

/// One more, until dropped.
struct Counted(Gauge);

impl Counted {
    fn new(gauge: Gauge) -> Self {
        gauge.increment(1.0);
        Self(gauge)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

fn busy(why: &str) -> Error {
    ErrorKind::Unavailable
        .error(format!("{why}; try again later, or raise llm.concurrency"))
        .with_code("model_busy")
        .with_retry_after(RETRY_AFTER)
}
