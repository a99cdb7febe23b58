//! Several nodes over one store. What they share is a parameter: each test is a function of a place where nodes meet.

mod answers;
mod erasing;
mod following;
mod quotas;
mod revoking;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use jarvis_core::{
    Scope,
    id::ConversationId,
    ports::{PlainSealer, Store},
    testkit::{FixedClock, ScriptedModel},
    types::{Message, MessageQuery, NodeId, Permissions, Principal, UserRole, Via},
};
use jarvis_engine::{ChatRequest, Engine, Generation, NodeOptions};
use jarvis_host::{Config, Flags, Given, Services, Shared, Sources};
use jarvis_postgres::{PostgresBus, PostgresLeader, PostgresOptions, PostgresStore};
use jarvis_providers::{cache::NoCache, limits::InProcessLimiter};
use jarvis_sqlite::{SqliteOptions, SqliteStore};
use jarvis_test_servers::{Database, POSTGRES, given};
use tempfile::TempDir;
use tokio::task::spawn_blocking;

/// No test waits for it; one that hangs fails with it.
pub(super) const DEADLINE: Duration = Duration::from_secs(30);
/// After this nodes that say nothing are gone, here.
pub(super) const GRACE: Duration = Duration::from_secs(2);

/// Where nodes meet.
#[async_trait]
pub(super) trait Place: Send + Sync {
    /// What one more node shares with those before it.
    async fn shared(&self) -> Shared;
}

/// One store, one bus and one leader in this process.
struct InProcess {
    shared: Shared,
    _dir: TempDir,
}

impl InProcess {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let options = SqliteOptions::new(dir.path().join("jarvis.db"));
        let store = SqliteStore::open(options, Arc::new(PlainSealer), Arc::new(FixedClock::default())).unwrap();
        Self { shared: Shared::in_process(store), _dir: dir }
    }
}

#[async_trait]
impl Place for InProcess {
    async fn shared(&self) -> Shared {
        self.shared.clone()
    }
}

/// A database of PostgreSQL: each node has connections of its own to it, and hears the others through it.
struct Postgres(Database);

impl Postgres {
    /// A new database; none without a server.
    async fn new() -> Option<Self> {
        let server = given(POSTGRES)?;
        Some(Self(spawn_blocking(move || Database::create(&server).unwrap()).await.unwrap()))
    }
}

#[async_trait]
impl Place for Postgres {
    async fn shared(&self) -> Shared {
        let (url, clock) = (self.0.url(), Arc::new(FixedClock::default()));
        let options = PostgresOptions { max_connections: 5, ..PostgresOptions::new(url) };
        let store = PostgresStore::open(options, Arc::new(PlainSealer), clock.clone()).await.unwrap();
        let bus = PostgresBus::open(url).await.unwrap();
        let leader = Arc::new(PostgresLeader::new(url).unwrap());
        let limiter = Arc::new(InProcessLimiter::new(clock.clone()));
        Shared { store, bus, cache: Arc::new(NoCache), leader, limiter, nodes: NodeOptions::default() }
    }
}

/// Runs tests wherever nodes meet.
macro_rules! everywhere {
    ($($test:ident),+ $(,)?) => {
        mod in_process {
            $(
                #[tokio::test]
                async fn $test() {
                    super::$test(&crate::nodes::InProcess::new()).await;
                }
            )+
        }

        mod postgres {
            $(
                #[tokio::test]
                async fn $test() {
                    let Some(place) = crate::nodes::Postgres::new().await else { return };
                    super::$test(&place).await;
                }
            )+
        }
    };
}
use everywhere;

/// A node at work.
pub(super) struct Node {
    pub(super) services: Services,
    pub(super) clock: Arc<FixedClock>,
    pub(super) scope: Scope,
    dir: TempDir,
}

impl Node {
    pub(super) async fn start(place: &dyn Place, name: &str, model: Arc<ScriptedModel>) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), place.shared().await, name, model).await
    }

    /// Where people log in.
    pub(super) async fn start_required(place: &dyn Place, name: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self::start_as(dir, place.shared().await, name, ScriptedModel::new([]), |config| config.auth.required = true)
            .await
    }

    pub(super) async fn start_in(dir: TempDir, shared: Shared, name: &str, model: Arc<ScriptedModel>) -> Self {
        Self::start_as(dir, shared, name, model, |_| {}).await
    }

    async fn start_as(
        dir: TempDir,
        shared: Shared,
        name: &str,
        model: Arc<ScriptedModel>,
        edit: impl FnOnce(&mut Config),
    ) -> Self {
        let nodes = NodeOptions {
            node: name.parse::<NodeId>().unwrap(),
            is_shared: true,
            heartbeat_every: Duration::from_millis(50),
            grace: GRACE,
            patience: Duration::from_millis(200),
        };
        let clock = Arc::new(FixedClock::default());
        let shared = Some(Shared { nodes, ..shared });
        let given = Given { clock: clock.clone(), model: Some(model), shared, ..Given::default() };
        // all servers over one store sign with one key
        let environment = vec![("JWT_SECRET_KEY".to_owned(), "one key of 32 bytes for all the nodes".to_owned())];
        let flags = Flags { data_dir: Some(dir.path().join("data")), ..Flags::default() };
        let mut config = Config::load(&Sources { working_dir: dir.path().to_owned(), environment, flags }).unwrap();
        edit(&mut config);
        let services = Services::open_with(&config, given).await.unwrap();
        let scope = services.engine.users.local(None).await.unwrap();
        Self { services, clock, scope, dir }
    }

    /// Ends in order; answers where it was.
    pub(super) async fn stop(self) -> TempDir {
        assert!(self.services.close(DEADLINE).await.unwrap(), "work was left behind");
        self.dir
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.services.engine
    }

    pub(super) fn store(&self) -> Arc<dyn Store> {
        self.services.store()
    }

    pub(super) async fn begin(&self, message: &str, conversation: Option<ConversationId>) -> Generation {
        let request = ChatRequest { conversation_id: conversation, ..ChatRequest::new(message) };
        self.engine().chat.send(self.scope, request).await.unwrap()
    }

    pub(super) async fn say(&self, message: &str, conversation: Option<ConversationId>) -> ConversationId {
        self.begin(message, conversation).await.answer().await.unwrap().conversation_id
    }

    pub(super) async fn messages(&self, conversation: ConversationId) -> Vec<Message> {
        let query = MessageQuery { before: None, since: None, limit: 100 };
        self.engine().conversations.history(&self.scope, conversation, &query).await.unwrap().messages
    }
}

/// Whoever has the data directory.
pub(super) fn operator() -> Arc<Principal> {
    let role = UserRole::Admin;
    Arc::new(Principal {
        scope: Scope::nobody(),
        name: "root".into(),
        role,
        permissions: Permissions::of_role(role),
        via: Via::Local,
        by: None,
    })
}

/// Waits until something holds.
pub(super) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(DEADLINE, waiting).await.unwrap_or_else(|_| panic!("{what}"));
}
