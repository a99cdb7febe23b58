use std::{
    future::Future,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use futures_core::future::BoxFuture;
use jarvis_core::{
    Error, Result, Scope, Timestamp,
    observe::carried,
    ports::{
        Bus, Cache, Clock, Embedder, Entropy, Ids, LanguageModel, Leader, OpenConverseReader, RateLimiter, Scratch,
        Sealer, Store, TextIndex, Tx, VectorIndex,
    },
    types::{LiveChange, LiveEvent},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    AccountOptions, Indexes,
    accounts::Gate,
    cache::Kept,
    chat::{Background, Registry},
    nodes::{NodeOptions, Nodes},
    vectors::Vectors,
};

/// What the engine works with.
#[derive(Clone, Debug)]
pub struct Ports {
    /// The truth.
    pub store: Arc<dyn Store>,
    /// Full text.
    pub text: Arc<dyn TextIndex>,
    /// Vectors.
    pub vectors: Arc<dyn VectorIndex>,
    /// What makes vectors of texts.
    pub embedder: Arc<dyn Embedder>,
    /// Answers.
    pub model: Arc<dyn LanguageModel>,
    /// What nodes and their parts tell each other.
    pub bus: Arc<dyn Bus>,
    /// What keeps for a while what was sent before; shared by the nodes over one store.
    pub cache: Arc<dyn Cache>,
    /// Which node does what one does for all.
    pub leader: Arc<dyn Leader>,
    /// What seals what people wrote.
    pub sealer: Arc<dyn Sealer>,
    /// Room for files that are imported and must be whole.
    pub scratch: Arc<dyn Scratch>,
    /// Databases of another program that are imported.
    pub open_converse: Arc<dyn OpenConverseReader>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Identifiers.
    pub ids: Arc<dyn Ids>,
    /// Who may go on, and who must wait; shared by the nodes over one store.
    pub limiter: Arc<dyn RateLimiter>,
    /// What nobody can guess.
    pub entropy: Arc<dyn Entropy>,
}

/// Who notes what people tell about themselves, beside the rules that always do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MemoryExtraction {
    /// Nobody.
    #[default]
    Off,
    /// The model that answered, in a call of its own after each answer.
    Model,
}

/// What the engine may be told.
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// Who this node is among others.
    pub nodes: NodeOptions,
    /// Longest a search waits for changes that were just written to reach the index.
    pub search_patience: Duration,
    /// Tokens that a prompt and its answer may have together with a model that does not tell.
    pub context_tokens: u32,
    /// Estimated tokens of earlier turns in a prompt, at most.
    pub history_tokens: u32,
    /// Estimated tokens of recalled texts in a prompt, at most.
    pub recall_tokens: u32,
    /// Recalled texts in a prompt, at most.
    pub recall_items: usize,
    /// Who notes what people tell about themselves.
    pub memory_extraction: MemoryExtraction,
    /// How long an idempotency key is remembered.
    pub idempotency_window: Duration,
    /// What becomes of an answer that nobody reads any more.
    pub on_disconnect: OnDisconnect,
    /// How long nobody must read an answer before [`OnDisconnect::Stop`] stops it.
    pub disconnect_grace: Duration,
    /// How often it is looked how everything is doing, while somebody watches.
    pub watch_health_every: Duration,
    /// How often the text of running answers is made durable.
    pub checkpoint_every: Duration,
    /// How people get in.
    pub accounts: AccountOptions,
}

/// What becomes of an answer that nobody reads any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnDisconnect {
    /// It is finished and stored.
    #[default]
    Finish,
    /// It is stopped; what was produced is stored.
    Stop,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            nodes: NodeOptions::default(),
            search_patience: Duration::from_secs(1),
            context_tokens: 8_192,
            history_tokens: 3_000,
            recall_tokens: 1_500,
            recall_items: 8,
            memory_extraction: MemoryExtraction::Off,
            idempotency_window: Duration::from_hours(24),
            on_disconnect: OnDisconnect::Finish,
            disconnect_grace: Duration::from_secs(5),
            watch_health_every: Duration::from_secs(5),
            checkpoint_every: Duration::from_secs(2),
            accounts: AccountOptions::default(),
        }
    }
}

/// What every use-case holds.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    pub(crate) ports: Ports,
    pub(crate) options: Arc<EngineOptions>,
    pub(crate) indexes: Indexes,
    pub(crate) vectors: Vectors,
    pub(crate) background: Arc<Background>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) kept: Kept,
    /// Who is let in.
    pub(crate) gate: Arc<Gate>,
    pub(crate) nodes: Arc<Nodes>,
    pub(crate) is_scrubbing: Arc<AtomicBool>,
    /// Cancelled when the engine shuts down.
    pub(crate) stop: CancellationToken,
    tracker: TaskTracker,
}

impl Context {
    pub(crate) fn new(ports: Ports, options: EngineOptions, tracker: TaskTracker, stop: CancellationToken) -> Self {
        let vectors = Vectors::new(Arc::clone(&ports.vectors), Arc::clone(&ports.embedder));
        let indexes = Indexes::new(&ports, &vectors, &options);
        let background = Arc::new(Background::default());
        let registry = Registry::new(Arc::clone(&ports.clock));
        let kept = Kept::new(Arc::clone(&ports.cache));
        let gate = Arc::new(Gate::new());
        let nodes = Arc::new(Nodes::new(&ports, &options.nodes));
        let (options, is_scrubbing) = (Arc::new(options), Arc::default());
        Self { ports, options, indexes, vectors, background, registry, kept, gate, nodes, is_scrubbing, stop, tracker }
    }

    /// Resolves when the engine has stopped and its last answer has ended.
    pub(crate) async fn over(&self) {
        self.stop.cancelled().await;
        self.registry.idle().await;
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    /// Runs work to its end even when the caller goes away: a client that hangs up must not leave a write half told.
    pub(crate) async fn tracked<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        self.tracker.spawn(carried(work)).await.map_err(Error::internal)?
    }

    /// Starts work that nobody waits for.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.tracker.spawn(carried(work));
    }

    /// Tells whoever watches that something of the scope's user changed; after the commit. A bus in trouble costs a notice,
    /// not the work.
    pub(crate) async fn tell(&self, scope: &Scope, changes: impl IntoIterator<Item = LiveChange>) {
        for change in changes {
            let event = LiveEvent { user_id: scope.user(), change };
            if let Err(error) = self.ports.bus.publish(event.into()).await {
                tracing::debug!(?error, "a live event could not be told");
            }
        }
    }

    /// Runs a unit of work in the store on behalf of somebody, whose kept pages end with it, and tells the indexes. What the
    /// system does for itself must change nothing that people have.
    pub(crate) async fn write<T, F>(&self, scope: Scope, unit: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t dyn Tx) -> BoxFuture<'t, Result<T>> + Send + 'static,
    {
        self.write_and_tell(scope, unit, |_| None).await
    }

    /// As [`Context::write`], and tells whoever watches what of the scope's user changed, even when the caller goes away.
    pub(crate) async fn write_and_tell<T, F, C>(
        &self,
        scope: Scope,
        unit: F,
        changes: impl FnOnce(&T) -> C + Send + 'static,
    ) -> Result<T>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t dyn Tx) -> BoxFuture<'t, Result<T>> + Send + 'static,
        C: IntoIterator<Item = LiveChange, IntoIter: Send>,
    {
        let context = self.clone();
        self.tracked(async move {
            let outcome = context.ports.store.write(unit).await;
            // also when it failed: a commit whose answer was lost may have taken place
            context.kept.changed(&scope).await;
            let value = outcome?;
            context.indexes.changed();
            context.nodes.wrote();
            let changes = changes(&value).into_iter();
            context.tell(&scope, changes).await;
            Ok(value)
        })
        .await
    }
}
