//! The use-cases over the real store and index, with a clock that stands, identifiers that count and a model that does
//! as it is told.

mod chat;
mod importing;
mod indexing;
mod model;
mod search;

use std::{sync::Arc, time::Duration};

use jarvis_core::{
    Scope,
    id::ConversationId,
    ports::{LanguageModel, ModelParams, PlainSealer, Store, TextIndex},
    testkit::{CountingIds, FixedClock},
    types::{MessagePage, MessageQuery},
};
use jarvis_engine::{ChatAnswer, ChatRequest, Engine, EngineOptions, Idempotency, Ports};
use jarvis_providers::{
    embedders::StaticEmbedder,
    text::{TantivyIndex, TextOptions},
    vectors::{SlabIndex, VectorOptions},
};
use jarvis_sqlite::{SqliteOptions, SqliteStore};
use tempfile::TempDir;

/// An engine on a directory of its own.
pub(super) struct TestEngine {
    pub(super) engine: Arc<Engine>,
    pub(super) text: Arc<dyn TextIndex>,
    pub(super) clock: Arc<FixedClock>,
    pub(super) scope: Scope,
    _dir: TempDir,
}

impl TestEngine {
    pub(super) async fn start(model: Arc<dyn LanguageModel>) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let clock = Arc::new(FixedClock::default());
        let options = SqliteOptions::new(dir.path().join("jarvis.db"));
        let store: Arc<dyn Store> = SqliteStore::open(options, Arc::new(PlainSealer), clock.clone()).expect("a store");
        let text: Arc<dyn TextIndex> = TantivyIndex::open(None, TextOptions::default()).expect("an index");
        let ports = Ports {
            store,
            text: Arc::clone(&text),
            vectors: SlabIndex::open(None, VectorOptions::default()).expect("an index of vectors"),
            embedder: StaticEmbedder::new().expect("an embedder"),
            model,
            clock: clock.clone(),
            ids: Arc::new(CountingIds::default()),
        };
        let engine = Engine::start(ports, EngineOptions::default());
        let scope = engine.users.local(None).await.expect("a user");
        Self { engine, text, clock, scope, _dir: dir }
    }

    /// Says something and waits for the whole answer.
    pub(super) async fn say(&self, message: &str, conversation: Option<ConversationId>) -> Arc<ChatAnswer> {
        self.clock.advance(Duration::from_mins(1));
        let request = ChatRequest { conversation_id: conversation, ..request(message) };
        let generation = self.engine.chat.send(self.scope, request).await.expect("a generation");
        generation.answer().await.expect("an answer")
    }

    pub(super) async fn history(&self, conversation: ConversationId) -> MessagePage {
        let query = MessageQuery { before: None, since: None, limit: 100 };
        self.engine.conversations.history(&self.scope, conversation, &query).await.expect("a history")
    }
}

pub(super) fn request(message: &str) -> ChatRequest {
    ChatRequest {
        message: message.to_owned(),
        conversation_id: None,
        session_id: None,
        model: None,
        params: ModelParams::default(),
        save_memory: true,
        context: None,
        idempotency: None,
    }
}

pub(super) fn with_key(message: &str, key: &str) -> ChatRequest {
    let idempotency = Idempotency::new(key, [message.len() as u8; 32]).expect("a valid key");
    ChatRequest { idempotency: Some(idempotency), ..request(message) }
}
