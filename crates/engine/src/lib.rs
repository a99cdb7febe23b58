//! Use-cases of Jarvis. Every front door (HTTP, command line, library) calls these and holds no rule of its own.
//!
//! This crate knows the ports of jarvis-core and nothing behind them: no driver, no transport, no file. A use-case
//! validates, works in one [`core::ports::Store`](jarvis_core::ports::Store) unit where it writes, and tells the
//! [`Indexes`] afterwards. Work that must outlive its caller runs in the engine's task tracker.
//!
//! To add a use-case: one file per noun or verb, a struct holding the `Context`, a field in [`Engine`].

mod accounts;
mod activity;
mod audit;
mod branches;
mod cache;
mod chat;
mod context;
mod conversations;
mod erasure;
mod export;
mod health;
mod idempotent;
mod import;
mod indexing;
mod keys;
mod limits;
mod live;
mod memories;
mod moving;
mod nodes;
mod recall;
mod search;
mod sessions;
mod stats;
mod upkeep;
mod users;
mod vectors;

#[cfg(fuzzing)]
pub use accounts::fuzz as fuzz_accounts;
#[cfg(fuzzing)]
pub use import::fuzz as fuzz_import;

use std::{sync::Arc, time::Duration};

use jarvis_core::{Timestamp, ports::Clock};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use accounts::{
    AccountChange, AccountOptions, Accounts, Endings, Entrance, KeyRequest, LoggedIn, LoginRequest, MadeInvite,
    MadeKey, Myself, NewPerson, PasswordChanged, QuotasChange, RegisterRequest, Registration, ResetPassword, Secret,
};
pub use activity::{ActivityDay, ActivityReport, MAX_ACTIVITY_DAYS};
pub use audit::{Actor, Audit, AuditFilter, AuditItem, AuditVerdict};
pub use branches::Branch;
pub use chat::{
    Chat, ChatAnswer, ChatFinish, ChatRequest, ChatStart, ChatUsage, Generation, GenerationEvent, GenerationReader,
    MemoryUse, RegenerateRequest, StopOutcome, memories_used,
};
pub use context::{EngineOptions, MemoryExtraction, OnDisconnect, Ports};
pub use conversations::{Conversations, EraseReceipt};
pub use erasure::{Erasure, ErasureReceipt};
pub use export::{ConversationFormat, Export};
pub use health::{HealthReport, HealthReporter, ServiceHealth};
pub use idempotent::{Idempotency, Once};
pub use import::{
    Import, ImportCounts, ImportFormat, ImportReport, LeftOut, MAX_IMPORT_ELEMENT_BYTES, MAX_IMPORT_LINE_BYTES,
    SkippedLine,
};
pub use indexing::{Indexer, Indexes, ReindexProgress};
pub use keys::{KeyInUse, Keys, KeysStatus, Resealing, RotationProgress, WatchSealing};
pub use limits::{
    MAX_CATEGORY_CHARS, MAX_LIST, MAX_MEMORY_BYTES, MAX_MESSAGE_BYTES, MAX_METADATA_BYTES, MAX_NAME_CHARS,
    MAX_QUERY_CHARS, MAX_SEARCH_LIMIT, MAX_SEARCH_OFFSET, MAX_TEXT_CHARS,
};
pub use live::{Channel, Live, LiveNews, MAX_CHANNELS, Subscription, Told};
pub use memories::{AddMemory, DEFAULT_CATEGORY, DEFAULT_IMPORTANCE, Memories};
pub use moving::{Digest, MoveOutcome, MovePhase, MoveReport, Moving, TableReport, Watch};
pub use nodes::NodeOptions;
pub use recall::{Recall, RecallOutcome};
pub use search::{Search, SearchHit, SearchItem, SearchMode, SearchRequest, SearchResults};
pub use sessions::{AddSession, Sessions};
pub use stats::{Stats, StatsReport};
pub use users::{LOCAL_USER, Users};

use chat::Registry;
use context::Context;
use nodes::{Duties, Listener, Nodes};
use vectors::Vectors;

/// Every use-case, wired to its ports.
#[derive(Debug)]
pub struct Engine {
    /// Answers.
    pub chat: Chat,
    /// Conversations and their history.
    pub conversations: Conversations,
    /// Named contexts.
    pub sessions: Sessions,
    /// What is remembered.
    pub memories: Memories,
    /// Taking in what other programs kept.
    pub import: Import,
    /// Handing over what a person owns.
    pub export: Export,
    /// Erasing what a person owns.
    pub erasure: Erasure,
    /// Finding texts.
    pub search: Search,
    /// Counters.
    pub stats: Stats,
    /// People.
    pub users: Users,
    /// People who log in.
    pub accounts: Accounts,
    /// Who did what.
    pub audit: Audit,
    /// Keys of encryption at rest.
    pub keys: Keys,
    /// How everything is doing.
    pub health: Arc<HealthReporter>,
    /// What happens, as it happens.
    pub live: Live,
    /// What keeps the indexes true.
    pub indexes: Indexes,
    clock: Arc<dyn Clock>,
    vectors: Vectors,
    registry: Arc<Registry>,
    nodes: Arc<Nodes>,
    tracker: TaskTracker,
    stop: CancellationToken,
}

/// What is left of the time for ending when answers are broken off, to store what there is of them.
const SAVING: Duration = Duration::from_secs(2);
/// How often it is looked whether the vectors are complete.
const COMPLETE_EVERY: Duration = Duration::from_secs(5);

impl Engine {
    /// Wires the use-cases and starts following the store. Must be called inside a Tokio runtime.
    pub fn start(ports: Ports, options: EngineOptions) -> Arc<Self> {
        let tracker = TaskTracker::new();
        let stop = CancellationToken::new();
        let clock = Arc::clone(&ports.clock);
        let context = Context::new(ports, options, tracker.clone(), stop.clone());
        let (indexes, vectors) = (context.indexes.clone(), context.vectors.clone());
        indexes.start(&tracker, &stop);
        let recall = Recall::new(context.clone());
        let health = Arc::new(HealthReporter::new(context.clone()));
        let live = Live::start(context.clone(), Arc::clone(&health), &tracker, &stop);
        let users = Users::new(context.clone());
        let erasure = Erasure::new(context.clone(), users.names());
        context.spawn(Duties::new(context.clone(), erasure.clone()).run());
        context.spawn(Listener::new(context.clone(), users.names()).run());
        context.spawn(Arc::clone(&context.nodes).announce(stop.clone()));
        context.spawn(nodes::keep_beating(context.clone()));
        let audit = Audit::new(context.clone());
        context.spawn(audit.clone().chain_older());
        let (registry, others) = (Arc::clone(&context.registry), Arc::clone(&context.nodes));
        Arc::new(Self {
            chat: Chat::start(context.clone(), recall),
            conversations: Conversations::new(context.clone()),
            sessions: Sessions::new(context.clone()),
            memories: Memories::new(context.clone()),
            import: Import::new(context.clone()),
            export: Export::new(context.clone()),
            audit,
            keys: Keys::new(context.clone()),
            search: Search::new(context.clone()),
            accounts: Accounts::new(context.clone()),
            stats: Stats::new(context),
            users,
            erasure,
            health,
            live,
            indexes,
            clock,
            vectors,
            registry,
            nodes: others,
            tracker,
            stop,
        })
    }

    /// What time it is for the engine.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Removes the vectors of models that were used before, once those of the present one are complete. For the server:
    /// a command that only looks may have been started with other settings.
    pub fn forget_other_models(&self) {
        let (stop, indexer, vectors) = (self.stop.clone(), Arc::clone(&self.indexes.vectors), self.vectors.clone());
        self.tracker.spawn(async move {
            let mut ticks = tokio::time::interval(COMPLETE_EVERY);
            while stop.run_until_cancelled(ticks.tick()).await.is_some() {
                if indexer.lag().await.is_ok_and(|lag| lag == 0) && !indexer.progress().borrow().running {
                    if let Err(error) = vectors.forget_other_models().await {
                        tracing::warn!(?error, "vectors of another model could not be removed");
                    }
                    break;
                }
            }
        });
    }

    /// Lets running work end within `deadline`, then makes the indexes durable. Answers that would take longer are kept as
    /// far as they came; until its end other nodes can read on in each. Answers whether everything ended in time.
    pub async fn shut_down(&self, deadline: Duration) -> bool {
        self.stop.cancel();
        self.tracker.close();
        let saving = SAVING.min(deadline / 4);
        let ended = tokio::time::timeout(deadline.saturating_sub(saving), self.tracker.wait()).await.is_ok();
        if !ended {
            self.registry.cut_short();
        }
        let in_time = ended || tokio::time::timeout(saving, self.tracker.wait()).await.is_ok();
        self.indexes.checkpoint().await;
        self.nodes.leave().await;
        in_time
    }
}
