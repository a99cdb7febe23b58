use jarvis_core::{
    Scope,
    id::{ConversationId, MessageId, UserId},
    ports::{Ids, PlainSealer, Store, SystemIds},
    testkit::FixedClock,
    types::{NewConversation, NewMessage, NewUser, Role, UserRole},
};
use jarvis_sqlite::{SqliteOptions, SqliteStore};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use tempfile::TempDir;

/// A directory that goes with its owner, and the database in it.
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.0.path().join("jarvis.db")
    }

    pub(crate) fn options(&self) -> SqliteOptions {
        SqliteOptions { readers: 2, ..SqliteOptions::new(self.database()) }
    }

    pub(crate) fn open(&self) -> Arc<SqliteStore> {
        open(self.options())
    }
}

pub(crate) fn open(options: SqliteOptions) -> Arc<SqliteStore> {
    try_open(options).unwrap()
}

pub(crate) fn try_open(options: SqliteOptions) -> jarvis_core::Result<Arc<SqliteStore>> {
    SqliteStore::open(options, Arc::new(PlainSealer), Arc::new(FixedClock::default()))
}

/// SQLite's own look at a database, past the store.
pub(crate) fn raw(path: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(path).unwrap()
}

pub(crate) fn integrity(path: &Path) -> String {
    raw(path).query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap()
}

/// A new user with a conversation.
pub(crate) async fn someone(store: &dyn Store) -> (Scope, ConversationId) {
    let user = UserId::new(&SystemIds);
    let scope = Scope::of(user);
    let conversation = ConversationId::new(&SystemIds);
    let now = jarvis_core::ports::Clock::now(&FixedClock::default());
    store
        .write(move |tx| {
            Box::pin(async move {
                let name = format!("user-{}", user.as_uuid().simple());
                let new = NewUser { id: user, name, role: UserRole::User, created_at: now };
                tx.users().insert(&Scope::system(), new).await?;
                let new = NewConversation {
                    id: conversation,
                    session_id: None,
                    title: String::new(),
                    metadata: None,
                    created_at: now,
                };
                tx.conversations().insert(&scope, new).await
            })
        })
        .await
        .unwrap();
    (scope, conversation)
}

pub(crate) fn message(conversation: ConversationId, content: &str) -> NewMessage {
    let now = jarvis_core::ports::Clock::now(&FixedClock::default());
    NewMessage::text(MessageId::from(SystemIds.next()), conversation, Role::User, content, now)
}

pub(crate) async fn append(store: &dyn Store, scope: Scope, message: NewMessage) -> jarvis_core::Result<MessageId> {
    store.write(move |tx| Box::pin(async move { Ok(tx.messages().append(&scope, message).await?.id) })).await
}
