use jarvis_core::{
    Result, Scope, Timestamp,
    id::{ConversationId, MessageId, UserId},
    ports::{Clock, Ids, PlainSealer, Store, SystemIds},
    testkit::FixedClock,
    types::{MessageQuery, NewConversation, NewMessage, NewUser, Role, UserRole},
};
use jarvis_sqlite::{SqliteOptions, SqliteStore};
use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tempfile::TempDir;

/// A directory that goes with its owner, and the database in it.
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.0.path().join("jarvis.db")
    }

    pub(crate) fn options(&self) -> SqliteOptions {
        options(self.database())
    }

    pub(crate) fn open(&self) -> Arc<SqliteStore> {
        open(self.options())
    }
}

/// Groups end when nobody waits, never because the machine is slow.
pub(crate) fn options(path: PathBuf) -> SqliteOptions {
    SqliteOptions { readers: 2, group_time: Duration::from_mins(1), ..SqliteOptions::new(path) }
}

pub(crate) fn open(options: SqliteOptions) -> Arc<SqliteStore> {
    try_open(options).unwrap()
}

pub(crate) fn try_open(options: SqliteOptions) -> Result<Arc<SqliteStore>> {
    SqliteStore::open(options, Arc::new(PlainSealer), Arc::new(FixedClock::default()))
}

/// SQLite's own look at a database, past the store.
pub(crate) fn raw(path: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(path).unwrap()
}

pub(crate) fn integrity(path: &Path) -> String {
    raw(path).query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap()
}

/// The write-ahead log beside a database.
pub(crate) fn wal(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push("-wal");
    PathBuf::from(name)
}

pub(crate) fn bytes(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    File::open(path).unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

pub(crate) fn now() -> Timestamp {
    FixedClock::default().now()
}

/// A new user with a conversation.
pub(crate) async fn someone(store: &dyn Store) -> (Scope, ConversationId) {
    let user = UserId::new(&SystemIds);
    let scope = Scope::of(user);
    store
        .write(move |tx| {
            Box::pin(async move {
                let name = format!("user-{}", user.as_uuid().simple());
                let new = NewUser { id: user, name, role: UserRole::User, created_at: now() };
                tx.users().insert(&Scope::system(), new).await
            })
        })
        .await
        .unwrap();
    (scope, conversation(store, scope, "").await)
}

pub(crate) async fn conversation(store: &dyn Store, scope: Scope, title: &str) -> ConversationId {
    let new = NewConversation {
        id: ConversationId::new(&SystemIds),
        session_id: None,
        title: title.to_owned(),
        metadata: None,
        created_at: now(),
    };
    store.write(move |tx| Box::pin(async move { Ok(tx.conversations().insert(&scope, new).await?.id) })).await.unwrap()
}

pub(crate) fn message(conversation: ConversationId, content: &str) -> NewMessage {
    NewMessage::text(MessageId::from(SystemIds.next()), conversation, Role::User, content, now())
}

pub(crate) async fn append(store: &dyn Store, scope: Scope, message: NewMessage) -> Result<MessageId> {
    store.write(move |tx| Box::pin(async move { Ok(tx.messages().append(&scope, message).await?.id) })).await
}

/// The contents of a conversation, oldest first; at most a thousand.
pub(crate) async fn contents(store: &dyn Store, scope: Scope, conversation: ConversationId) -> Vec<String> {
    let query = MessageQuery { before: None, since: None, limit: 1000 };
    let page = store.messages().page(&scope, conversation, &query).await.unwrap().unwrap();
    page.messages.into_iter().map(|message| message.content).collect()
}
