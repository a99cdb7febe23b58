//! The use-cases over the real store and index, with a clock that stands, identifiers that count and a model that does
//! as it is told.

mod branches;
mod chat;
mod erasing;
mod exporting;
mod exports;
mod generations;
mod importing;
mod indexing;
mod live;
mod meaning;
mod model;
mod prompt;
mod remembering;
mod search;
mod standing_in;

use std::{path::Path, sync::Arc, time::Duration};

use jarvis_core::{
    Scope,
    id::ConversationId,
    ports::{Bus, BusStream, Embedder, Ids, LanguageModel, PlainSealer, Store, SystemIds, TextIndex, VectorIndex},
    testkit::{CountingEntropy, CountingIds, FixedClock, ScriptedModel},
    types::{AuditQuery, AuditRecord, ConversationQuery, ConversationStatus, MemoryKind, MessagePage, MessageQuery},
};
use jarvis_engine::{AddMemory, ChatAnswer, ChatRequest, Engine, EngineOptions, Idempotency, Indexer, Ports};
use jarvis_host::ScratchDir;
use jarvis_providers::{
    bus::InProcessBus,
    cache::InProcessCache,
    embedders::StaticEmbedder,
    leader::InProcessLeader,
    limits::InProcessLimiter,
    text::{TantivyIndex, TextOptions},
    vectors::{SlabIndex, VectorOptions},
};
use jarvis_sqlite::{OpenConverseFiles, SqliteOptions, SqliteStore};
use tempfile::TempDir;

/// Bytes of an import that must be whole, at most.
pub(super) const MAX_SPOOLED: u64 = 8 << 20;

/// An engine on a directory of its own.
pub(super) struct TestEngine {
    pub(super) engine: Arc<Engine>,
    pub(super) text: Arc<dyn TextIndex>,
    pub(super) clock: Arc<FixedClock>,
    pub(super) scope: Scope,
    bus: Arc<dyn Bus>,
    store: Arc<SqliteStore>,
    dir: Option<TempDir>,
}

impl TestEngine {
    pub(super) async fn start(model: Arc<dyn LanguageModel>) -> Self {
        Self::start_with(model, EngineOptions::default()).await
    }

    pub(super) async fn start_on(bus: Arc<dyn Bus>) -> Self {
        Self::wire(ScriptedModel::new([]), EngineOptions::default(), bus).await
    }

    pub(super) async fn start_with(model: Arc<dyn LanguageModel>, options: EngineOptions) -> Self {
        Self::wire(model, options, InProcessBus::new()).await
    }

    async fn wire(model: Arc<dyn LanguageModel>, options: EngineOptions, bus: Arc<dyn Bus>) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let vectors = SlabIndex::open(None, VectorOptions::default()).expect("an index of vectors");
        let embedder = StaticEmbedder::new().expect("an embedder");
        let ids = Arc::new(CountingIds::default());
        let engine = Self::open(dir.path(), model, vectors, embedder, ids, options, bus).await;
        Self { dir: Some(dir), ..engine }
    }

    /// An engine that keeps rows and vectors in a directory, and says nothing.
    pub(super) async fn start_in(dir: &Path, embedder: Arc<dyn Embedder>) -> Self {
        let vectors =
            SlabIndex::open(Some(dir.join("vectors")), VectorOptions::default()).expect("an index of vectors");
        let model = ScriptedModel::new([]);
        let (ids, options, bus) = (Arc::new(SystemIds), EngineOptions::default(), InProcessBus::new());
        Self::open(dir, model, vectors, embedder, ids, options, bus).await
    }

    async fn open(
        dir: &Path,
        model: Arc<dyn LanguageModel>,
        vectors: Arc<dyn VectorIndex>,
        embedder: Arc<dyn Embedder>,
        ids: Arc<dyn Ids>,
        options: EngineOptions,
        bus: Arc<dyn Bus>,
    ) -> Self {
        let clock = Arc::new(FixedClock::default());
        let database = SqliteOptions::new(dir.join("jarvis.db"));
        let store = SqliteStore::open(database, Arc::new(PlainSealer), clock.clone()).expect("a store");
        let text: Arc<dyn TextIndex> = TantivyIndex::open(None, TextOptions::default()).expect("an index");
        let ports = Ports {
            store: store.clone(),
            text: Arc::clone(&text),
            vectors,
            embedder,
            model,
            bus: bus.clone(),
            cache: Arc::new(InProcessCache::new(1 << 20)),
            leader: InProcessLeader::new(),
            sealer: Arc::new(PlainSealer),
            scratch: Arc::new(ScratchDir::open(dir.join("tmp"), MAX_SPOOLED).expect("a place for files")),
            open_converse: Arc::new(OpenConverseFiles),
            clock: clock.clone(),
            ids,
            limiter: Arc::new(InProcessLimiter::new(clock.clone())),
            entropy: Arc::new(CountingEntropy::default()),
        };
        let engine = Engine::start(ports, options);
        let scope = engine.users.local(None).await.expect("a user");
        Self { engine, text, clock, scope, bus, store, dir: None }
    }

    /// Files that wait for their import.
    pub(super) fn scratch_files(&self) -> usize {
        let place = self.dir.as_ref().map(|dir| dir.path().join("tmp"));
        place.and_then(|place| std::fs::read_dir(place).ok()).map_or(0, Iterator::count)
    }

    /// Ends in order, so that another can open the directory.
    pub(super) async fn stop(self) {
        assert!(self.engine.shut_down(Duration::from_secs(5)).await);
        self.store.close().await.expect("an orderly end");
    }

    /// Says something and waits for the whole answer.
    pub(super) async fn say(&self, message: &str, conversation: Option<ConversationId>) -> Arc<ChatAnswer> {
        self.clock.advance(Duration::from_mins(1));
        let request = ChatRequest { conversation_id: conversation, ..request(message) };
        let generation = self.engine.chat.send(self.scope, request).await.expect("a generation");
        generation.answer().await.expect("an answer")
    }

    /// Notes something by hand.
    pub(super) async fn remember(&self, scope: Scope, content: &str) {
        let add = AddMemory {
            content: content.to_owned(),
            kind: MemoryKind::LongTerm,
            category: "note".to_owned(),
            importance: 0.5,
            expires_at: None,
            metadata: None,
        };
        self.engine.memories.add(scope, add, None).await.expect("a memory");
    }

    /// The one there is.
    pub(super) async fn only_conversation(&self) -> ConversationId {
        let (status, session_id, title_contains, limit, after) = (ConversationStatus::Open, None, None, 2, None);
        let query = ConversationQuery { status, session_id, title_contains, limit, after };
        let list = self.engine.conversations.list(&self.scope, &query).await.expect("a list");
        assert_eq!(list.items.len(), 1);
        list.items[0].id
    }

    /// Live events from now on.
    pub(super) async fn events(&self) -> BusStream {
        self.bus.subscribe().await.expect("a subscription")
    }

    /// What was done, newest first.
    pub(super) async fn audit(&self) -> Vec<AuditRecord> {
        let query = AuditQuery { limit: 10, ..AuditQuery::default() };
        self.store.audit().list(&Scope::system(), &query).await.expect("a trail")
    }

    pub(super) async fn history(&self, conversation: ConversationId) -> MessagePage {
        let query = MessageQuery { before: None, since: None, limit: 100 };
        self.engine.conversations.history(&self.scope, conversation, &query).await.expect("a history")
    }
}

/// Waits until an index has everything that was committed.
pub(super) async fn caught_up(indexer: &Indexer) {
    let settled = async {
        while indexer.lag().await.expect("a lag") > 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), settled).await.expect("the index catches up");
}

pub(super) fn request(message: &str) -> ChatRequest {
    ChatRequest::new(message)
}

pub(super) fn with_key(message: &str, key: &str) -> ChatRequest {
    let idempotency = Idempotency::new(key, [message.len() as u8; 32]).expect("a valid key");
    ChatRequest { idempotency: Some(idempotency), ..request(message) }
}
