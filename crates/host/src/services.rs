//! Everything wired to everything.

use std::{
    net::SocketAddr,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use jarvis_core::{
    Error, ErrorKind, Result,
    ports::{
        Bus, Cache, Clock, Ids, LanguageModel, Leader, Migrator, RateLimiter, Store, SystemClock, SystemIds, TextIndex,
    },
};
use jarvis_engine::{Engine, EngineOptions, NodeOptions, Ports};
use jarvis_postgres::PostgresClaim;
use jarvis_providers::{
    bus::InProcessBus,
    cache::InProcessCache,
    leader::InProcessLeader,
    limits::InProcessLimiter,
    models::SwappedModel,
    text::{TantivyIndex, TextOptions},
};
use jarvis_sqlite::OpenConverseFiles;

use crate::{
    AdminToken, Config, DatabaseTarget, Owner, accounts,
    belonging::{self, refuse_other_database},
    between::Between,
    config::{ChatConfig, DEFAULT_CACHE_BYTES, LlmConfig},
    embedding, fs,
    indexes::Indexes,
    model,
    node::{claim, node_of},
    scratch::ScratchDir,
    sealing::{Seal, remove_indexes},
    secret::SystemEntropy,
    store::{self, OpenStore},
};

/// A data directory that is open, and the use-cases over it.
///
/// To be closed by [`Services::close`]; what is dropped instead is as after a crash: nothing acknowledged is lost, and
/// the index catches up at the next start.
#[derive(Debug)]
pub struct Services {
    /// The use-cases.
    pub engine: Arc<Engine>,
    store: OpenStore,
    limiter: Arc<dyn RateLimiter>,
    models: Models,
    database: DatabaseTarget,
    /// Its name among the nodes of the database, while nobody else may have it.
    claim: Option<PostgresClaim>,
    owner: Owner,
}

/// The language models of the configuration, which may change while they are asked.
#[derive(Clone, Debug)]
pub struct Models(Arc<SwappedModel>);

impl Models {
    /// What a changed configuration asks for; nothing changes until it is put into effect.
    pub fn prepare(&self, config: &LlmConfig) -> Result<Arc<dyn LanguageModel>> {
        model::open(config)
    }

    /// Answers that begin from now on are `model`'s.
    pub fn replace(&self, model: Arc<dyn LanguageModel>) {
        self.0.replace(model);
    }
}

/// Parts that a program brings itself instead of those that the configuration names; a test, or whoever embeds Jarvis.
#[derive(Debug)]
pub struct Given {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Identifiers.
    pub ids: Arc<dyn Ids>,
    /// Answers; those that the configuration names when none.
    pub model: Option<Arc<dyn LanguageModel>>,
    /// What is shared with other nodes; what the configuration names when none.
    pub shared: Option<Shared>,
}

/// What nodes share. Whoever brings it closes it, after the services over it.
#[derive(Clone, Debug)]
pub struct Shared {
    /// The truth.
    pub store: Arc<dyn Store>,
    /// What nodes tell each other.
    pub bus: Arc<dyn Bus>,
    /// What keeps for a while what was sent before.
    pub cache: Arc<dyn Cache>,
    /// Which of them does what one does for all.
    pub leader: Arc<dyn Leader>,
    /// Who may go on, and who must wait.
    pub limiter: Arc<dyn RateLimiter>,
    /// Who this one is among them.
    pub nodes: NodeOptions,
}

impl Shared {
    /// What several nodes in this process share.
    pub fn in_process(store: Arc<dyn Store>) -> Self {
        let (bus, leader, nodes) = (InProcessBus::new(), InProcessLeader::new(), NodeOptions::default());
        let limiter = Arc::new(InProcessLimiter::new(Arc::new(SystemClock)));
        Self { store, bus, cache: Arc::new(InProcessCache::new(DEFAULT_CACHE_BYTES)), leader, limiter, nodes }
    }
}

impl Default for Given {
    fn default() -> Self {
        Self { clock: Arc::new(SystemClock), ids: Arc::new(SystemIds), model: None, shared: None }
    }
}

impl Services {
    /// Takes the data directory, making it when it is not there, and opens what the configuration names. Must be called
    /// inside a Tokio runtime.
    ///
    /// Errors: `Conflict` with code `data_dir_in_use` when another process has it, and those of the store and the index.
    pub async fn open(config: &Config) -> Result<Self> {
        Self::open_with(config, Given::default()).await
    }

    /// The same with parts of one's own.
    pub async fn open_with(config: &Config, given: Given) -> Result<Self> {
        let owner = Owner::acquire(&config.data_dir)?.or_refused()?;
        Self::wire(config, owner, given).await
    }

    /// The same for a data directory that is already ours.
    pub async fn open_owned(config: &Config, owner: Owner) -> Result<Self> {
        Self::wire(config, owner, Given::default()).await
    }

    async fn wire(config: &Config, owner: Owner, given: Given) -> Result<Self> {
        let (is_own, clock) = (given.shared.is_none(), Arc::clone(&given.clock));
        if !is_own {
            return Self::connect(config, owner, given).await;
        }
        refuse_other_database(config)?;
        let services = Self::connect(config, owner, given).await?;
        belonging::keep(&config.data_dir, &config.database.target, None, clock.now())?;
        Ok(services)
    }

    async fn connect(config: &Config, owner: Owner, given: Given) -> Result<Self> {
        let Given { clock, ids, model, shared } = given;
        let begun = Instant::now();
        let index_dir = (!config.search.in_memory).then(|| config.data_dir.text_index());
        let own_file = match &config.database.target {
            DatabaseTarget::Sqlite(path) if shared.is_none() => Some(path),
            _ => None,
        };
        if let (Some(path), Some(dir)) = (own_file, &index_dir) {
            refuse_vanished_database(path, dir).await?;
        }
        if let Some(path) = own_file {
            // Whatever the directory's own permissions are, what people say is for their user only.
            fs::create_private(path)?;
        }
        let seal = Seal::new(&config.encryption);
        let (database, store_clock, sealer) = (config.database.clone(), Arc::clone(&clock), seal.port());
        let given = shared.as_ref().map(|shared| OpenStore::Given(Arc::clone(&shared.store)));
        let store = tokio::spawn(async move {
            match given {
                Some(given) => Ok(given),
                None => OpenStore::open(&database, sealer, store_clock).await,
            }
        });
        let indexes = Indexes::open(config, Arc::clone(&clock)).await;
        let answering = model.map_or_else(|| model::open(&config.llm), Ok)?;
        let models = Models(Arc::new(SwappedModel::new(answering)));
        let embedder = embedding::open(&config.embedding).await?;
        let store = store.await.map_err(Error::internal)??;
        unlock(&seal, &*store.port(), &*clock, config).await?;
        let Indexes { text, vectors } = indexes?;
        let (shared, claim) = match shared {
            Some(shared) => (shared, None),
            None => shared_of(config, &ids, &clock, store.port(), &seal).await?,
        };
        let scratch = Arc::new(ScratchDir::open(config.data_dir.temporary(), config.import.max_file_bytes)?);
        let ports = Ports {
            store: shared.store,
            text,
            vectors,
            embedder,
            model: Arc::clone(&models.0) as Arc<dyn LanguageModel>,
            bus: shared.bus,
            cache: shared.cache,
            leader: shared.leader,
            sealer: seal.port(),
            scratch,
            open_converse: Arc::new(OpenConverseFiles),
            clock,
            ids,
            limiter: Arc::clone(&shared.limiter),
            entropy: Arc::new(SystemEntropy),
        };
        let accounts = accounts::options(config)?;
        let options = EngineOptions { nodes: shared.nodes, accounts, ..engine_options(config.chat) };
        let engine = Engine::start(ports, options);
        tracing::debug!(elapsed_ms = begun.elapsed().as_millis(), "opened the data directory");
        let database = config.database.target.clone();
        Ok(Self { engine, store, limiter: shared.limiter, models, database, claim, owner })
    }

    /// Tells other processes where this one answers.
    pub fn publish(&mut self, address: SocketAddr, url: String) -> Result<()> {
        self.owner.publish(address, url, &self.database)
    }

    /// The relational store itself, for work that is no use-case: bulk loading, measuring.
    pub fn store(&self) -> Arc<dyn Store> {
        self.store.port()
    }

    /// Who may go on, and who must wait.
    pub fn limiter(&self) -> Arc<dyn RateLimiter> {
        Arc::clone(&self.limiter)
    }

    /// The language models that the configuration names.
    pub fn models(&self) -> Models {
        self.models.clone()
    }

    /// What proves to this process that its caller may read the data directory.
    pub fn admin_token(&self) -> &AdminToken {
        &self.owner.info().admin_token
    }

    /// Lets running work end within `deadline`, makes the index durable, empties the write-ahead log and gives the data
    /// directory back. Answers whether all work ended in time.
    pub async fn close(self, deadline: Duration) -> Result<bool> {
        let Self { engine, store, claim, owner, .. } = self;
        let in_time = engine.shut_down(deadline).await;
        store.close().await?;
        drop((claim, owner));
        Ok(in_time)
    }
}

/// What changes the schema of the configured database. Whoever calls `up` or `down` must own the data directory.
///
/// Errors: those of [`refuse_other_database`].
pub fn migrator(config: &Config, clock: Arc<dyn Clock>) -> Result<Arc<dyn Migrator>> {
    refuse_other_database(config)?;
    Ok(store::migrator(&config.database, clock))
}

/// Makes the configured database, empty, unless there is one; answers whether it did. Whoever calls must own the data directory.
///
/// Errors: `Forbidden` with the statement for an administrator when the server's user may not make it.
pub async fn create_database(config: &Config) -> Result<bool> {
    store::create(&config.database).await
}

/// What is wrong with the files of the configured database: damaged pages, references that lead nowhere. Empty when sound.
/// Reads all of it; a running server is not disturbed.
pub async fn check_integrity(config: &Config) -> Result<Vec<String>> {
    store::check_integrity(&config.database).await
}

/// An index of something beside a database of nothing: a disk that is not mounted, or a file removed by mistake. Beginning
/// anew would empty the index too, and hide what happened.
async fn refuse_vanished_database(database: &Path, index_dir: &Path) -> Result<()> {
    if !fs::is_missing_or_empty(database)? || fs::is_missing_or_empty(index_dir)? {
        return Ok(());
    }
    let dir = index_dir.to_owned();
    let index = tokio::task::spawn_blocking(move || TantivyIndex::open(Some(dir), TextOptions::default()));
    if index.await.map_err(Error::internal)??.position().await? == 0 {
        return Ok(());
    }
    Err(ErrorKind::Corrupt
        .error(
            "the database is missing or empty, but its index is not; put the database back from a backup, or remove the \
             directory `index` of the data directory to begin anew",
        )
        .with_code("database_missing"))
}

/// Lets what is sealed be read, and leaves nothing of it in indexes on disk.
async fn unlock(seal: &Seal, store: &dyn Store, clock: &dyn Clock, config: &Config) -> Result<()> {
    seal.unlock(store, clock).await?;
    if seal.keyed.is_some() { remove_indexes(config) } else { Ok(()) }
}

/// What the configuration names. Who stores in a database of its own shares it with nobody.
async fn shared_of(
    config: &Config,
    ids: &Arc<dyn Ids>,
    clock: &Arc<dyn Clock>,
    store: Arc<dyn Store>,
    seal: &Seal,
) -> Result<(Shared, Option<PostgresClaim>)> {
    let (nodes, claim) = match &config.database.target {
        DatabaseTarget::Sqlite(_) => (NodeOptions::default(), None),
        DatabaseTarget::Postgres(address) => {
            let node = node_of(&config.data_dir, &**ids)?;
            let claim = claim(address.reveal(), &node).await?;
            (NodeOptions { node, is_shared: true, ..NodeOptions::default() }, Some(claim))
        }
    };
    let Between { bus, cache, leader, limiter } = Between::open(config, ids, clock, seal).await?;
    Ok((Shared { store, bus, cache, leader, limiter, nodes }, claim))
}

fn engine_options(chat: ChatConfig) -> EngineOptions {
    EngineOptions {
        history_tokens: chat.history_tokens,
        recall_tokens: chat.recall_tokens,
        recall_items: chat.recall_items,
        on_disconnect: chat.on_disconnect,
        memory_extraction: chat.memory_extraction,
        ..EngineOptions::default()
    }
}
