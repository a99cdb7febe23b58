use jarvis_core::{
    Result, Scope, Timestamp,
    id::{ConversationId, MessageId, UserId},
    ports::{Clock, Ids, Migrator, PlainSealer, Store, SystemIds},
    testkit::FixedClock,
    types::{MessageQuery, NewConversation, NewMessage, NewUser, Role, UserRole},
};
use jarvis_postgres::{PostgresMigrator, PostgresOptions, PostgresStore, testkit::sibling};
use jarvis_test_servers::{Postgres, Settings};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::{
    env, process,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    thread,
};
use tokio::runtime;

/// Names the server on which the tests make databases of their own.
const SERVER: &str = "JARVIS_TEST_POSTGRES";

/// The same for a server that has pgvector.
const WITH_VECTORS: &str = "JARVIS_TEST_PGVECTOR";

/// Any number: whoever makes the template holds this lock.
const TEMPLATE_LOCK: i64 = 7_015_003;

/// The server; says what is skipped when there is none.
pub(crate) fn server() -> Option<String> {
    named(SERVER)
}

fn named(variable: &str) -> Option<String> {
    let url = env::var(variable).ok();
    if url.is_none() {
        println!("SKIPPED: {variable} names no PostgreSQL server");
    }
    url
}

pub(crate) fn clock() -> Arc<dyn Clock> {
    Arc::new(FixedClock::default())
}

/// A database that goes with its owner.
pub(crate) struct Place {
    server: String,
    name: String,
}

impl Place {
    /// An empty one; none without a server.
    pub(crate) async fn empty() -> Option<Self> {
        Self::made_of(server()?, "template0").await.into()
    }

    /// An empty one on a server that has pgvector; none without it.
    pub(crate) async fn with_vectors() -> Option<Self> {
        Self::made_of(named(WITH_VECTORS)?, "template0").await.into()
    }

    /// A migrated one; none without a server.
    pub(crate) async fn migrated() -> Option<Self> {
        let server = server()?;
        let template = template(&server).await;
        Self::made_of(server, &template).await.into()
    }

    /// A migrated one on a server of the test's own, which it may harm without harming others.
    pub(crate) async fn on(server: &Postgres) -> Self {
        let server = server.url();
        let template = template(&server).await;
        Self::made_of(server, &template).await
    }

    async fn made_of(server: String, template: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("jarvis_test_{}_{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        raw(&server, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        Self { server, name }
    }

    pub(crate) fn url(&self) -> String {
        sibling(&self.server, &self.name)
    }

    pub(crate) fn options(&self) -> PostgresOptions {
        PostgresOptions { max_connections: 8, ..PostgresOptions::new(self.url()) }
    }

    pub(crate) async fn open(&self) -> Arc<PostgresStore> {
        try_open(self.options()).await.unwrap()
    }

    /// PostgreSQL's own look at the database, past the store.
    pub(crate) async fn connect(&self) -> PgConnection {
        PgConnection::connect(&self.url()).await.unwrap()
    }

    /// As if nothing had ever been stored.
    pub(crate) async fn empty_tables(&self) {
        let sql = "DO $$ BEGIN EXECUTE (
                SELECT 'TRUNCATE ' || string_agg(quote_ident(tablename), ', ')
                FROM pg_tables
                WHERE schemaname = current_schema() AND tablename NOT IN ('schema_migrations', 'store_state')
            ); END $$;
            UPDATE store_state SET outbox_pruned = 0";
        self.run(sql).await;
    }

    /// Runs statements past the store.
    pub(crate) async fn run(&self, sql: &str) {
        raw(&self.url(), sql).await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let (server, sql) = (self.server.clone(), format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        // what drops it may be a runtime that must not be blocked
        let dropped = thread::spawn(move || {
            runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
                // the server may have ended on purpose
                if let Ok(mut connection) = PgConnection::connect(&server).await {
                    connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.unwrap();
                }
            });
        });
        let _ = dropped.join();
    }
}

pub(crate) async fn try_open(options: PostgresOptions) -> Result<Arc<PostgresStore>> {
    PostgresStore::open(options, Arc::new(PlainSealer), clock()).await
}

async fn raw(url: &str, sql: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    connection.execute(sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))).await.unwrap();
    connection.close().await.unwrap();
}

/// The name of a database that was migrated once: copying it takes a tenth of the time.
async fn template(server: &str) -> String {
    let checksums: String =
        PostgresMigrator::new(server, clock()).status().await.unwrap().into_iter().map(|one| one.checksum).collect();
    let hash = checksums.bytes().fold(0_u64, |hash, byte| hash.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let name = format!("jarvis_template_{hash:x}");
    let mut connection = PgConnection::connect(server).await.unwrap();
    sqlx::query("SELECT pg_advisory_lock($1)").bind(TEMPLATE_LOCK).execute(&mut connection).await.unwrap();
    let there: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)")
        .bind(&name)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    if !there {
        let half = format!("{name}_half");
        for sql in [format!("DROP DATABASE IF EXISTS {half}"), format!("CREATE DATABASE {half} TEMPLATE template0")] {
            connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.unwrap();
        }
        PostgresMigrator::new(sibling(server, &half), clock()).up(None).await.unwrap();
        let rename = format!("ALTER DATABASE {half} RENAME TO {name}");
        connection.execute(sqlx::raw_sql(AssertSqlSafe(rename))).await.unwrap();
    }
    connection.close().await.unwrap();
    name
}

/// A server of the test's own; none where the tests have none at all.
pub(crate) async fn own_server() -> Option<Postgres> {
    server()?;
    Some(tokio::task::spawn_blocking(|| Postgres::start(&Settings::default()).unwrap()).await.unwrap())
}

pub(crate) fn now() -> Timestamp {
    FixedClock::default().now()
}

/// A new user with a conversation.
pub(crate) async fn someone(store: &dyn Store) -> (Scope, ConversationId) {
    let user = UserId::new(&SystemIds);
    let scope = Scope::of(user);
    let name = format!("user-{}", user.as_uuid().simple());
    let new = NewUser { id: user, name, role: UserRole::User, created_at: now() };
    let talk = NewConversation {
        id: ConversationId::new(&SystemIds),
        session_id: None,
        title: "t".to_owned(),
        metadata: None,
        created_at: now(),
    };
    let made = store.write(move |tx| {
        Box::pin(async move {
            tx.users().insert(&Scope::system(), new).await?;
            Ok(tx.conversations().insert(&scope, talk).await?.id)
        })
    });
    (scope, made.await.unwrap())
}

pub(crate) fn message(conversation: ConversationId, content: &str) -> NewMessage {
    NewMessage::text(MessageId::from(SystemIds.next()), conversation, Role::User, content, now())
}

pub(crate) async fn append(store: &dyn Store, scope: Scope, message: NewMessage) -> Result<MessageId> {
    store.write(move |tx| Box::pin(async move { Ok(tx.messages().append(&scope, message).await?.id) })).await
}

/// The contents of a conversation, oldest first; at most a thousand.
pub(crate) async fn contents(store: &dyn Store, scope: Scope, conversation: ConversationId) -> Result<Vec<String>> {
    let query = MessageQuery { before: None, since: None, limit: 1000 };
    let page = store.messages().page(&scope, conversation, &query).await?.unwrap();
    Ok(page.messages.into_iter().map(|message| message.content).collect())
}
