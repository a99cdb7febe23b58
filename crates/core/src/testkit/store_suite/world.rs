use std::{fmt::Debug, time::Duration};

use super::write;
use crate::{
    Error, ErrorKind, Result, Scope, Timestamp,
    id::{ConversationId, MemoryId, MessageId, SessionId, UserId},
    ports::{Clock, Ids, Store},
    testkit::{CountingIds, FixedClock},
    types::{
        Conversation, Memory, MemoryKind, Message, NewConversation, NewMemory, NewMessage, NewSession, NewUser, Role,
        Session, UserRole,
    },
};

/// A store with counted ids and a moment to begin at.
pub(super) struct World<'s> {
    pub(super) store: &'s dyn Store,
    pub(super) ids: CountingIds,
}

impl<'s> World<'s> {
    pub(super) fn new(store: &'s dyn Store) -> Self {
        Self { store, ids: CountingIds::default() }
    }

    pub(super) fn id<T: From<uuid::Uuid>>(&self) -> T {
        self.ids.next().into()
    }

    pub(super) async fn user(&self, name: &str) -> Result<Scope> {
        let new = NewUser { id: self.id(), name: name.to_owned(), role: UserRole::User, created_at: at(0) };
        let user: UserId = new.id;
        write!(self.store, tx => tx.users().insert(&Scope::system(), new).await)?;
        Ok(Scope::of(user))
    }

    pub(super) async fn session(&self, scope: Scope, name: &str, second: u64) -> Result<Session> {
        let new = NewSession {
            id: self.id::<SessionId>(),
            name: name.to_owned(),
            role: Some("tutor".into()),
            goals: None,
            template: None,
            metadata: None,
            created_at: at(second),
        };
        write!(self.store, tx => tx.sessions().insert(&scope, new).await)
    }

    pub(super) async fn conversation(&self, scope: Scope, title: &str, second: u64) -> Result<Conversation> {
        self.conversation_in(scope, None, title, second).await
    }

    pub(super) async fn conversation_in(
        &self,
        scope: Scope,
        session_id: Option<SessionId>,
        title: &str,
        second: u64,
    ) -> Result<Conversation> {
        let new = NewConversation {
            id: self.id(),
            session_id,
            title: title.to_owned(),
            metadata: None,
            created_at: at(second),
        };
        write!(self.store, tx => tx.conversations().insert(&scope, new).await)
    }

    pub(super) fn message(&self, conversation: &Conversation, role: Role, text: &str, second: u64) -> NewMessage {
        NewMessage::text(self.id(), conversation.id, role, text, at(second))
    }

    pub(super) async fn say(&self, scope: Scope, conversation: &Conversation, text: &str) -> Result<Message> {
        let message = self.message(conversation, Role::User, text, 10);
        self.append(scope, message).await
    }

    pub(super) async fn append(&self, scope: Scope, message: NewMessage) -> Result<Message> {
        write!(self.store, tx => tx.messages().append(&scope, message).await)
    }

    pub(super) fn memory(&self, content: &str, sources: &[MessageId]) -> NewMemory {
        NewMemory {
            id: self.id::<MemoryId>(),
            kind: MemoryKind::LongTerm,
            category: "fact".into(),
            content: content.to_owned(),
            importance: 0.5,
            expires_at: None,
            source_message_ids: sources.to_vec(),
            slot: None,
            metadata: None,
            created_at: at(20),
        }
    }

    pub(super) async fn remember(&self, scope: Scope, memory: NewMemory) -> Result<Memory> {
        write!(self.store, tx => tx.memories().insert(&scope, memory).await)
    }

    pub(super) async fn head(&self, scope: Scope, conversation: ConversationId) -> Result<Conversation> {
        present(self.store.conversations().get(&scope, conversation).await?)
    }
}

/// A moment, in seconds after the fixed clock's.
pub(super) fn at(second: u64) -> Timestamp {
    FixedClock::default().now().plus(Duration::from_secs(second))
}

/// What must be there.
pub(super) fn present<T>(found: Option<T>) -> Result<T> {
    found.ok_or_else(|| Error::internal("something that was stored is not found"))
}

/// Asserts that something was refused, and how.
#[track_caller]
pub(super) fn refused<T: Debug>(outcome: Result<T>, kind: ErrorKind) {
    let outcome = outcome.map_err(|error| error.kind());
    assert!(matches!(&outcome, Err(found) if *found == kind), "{outcome:?} instead of {kind:?}");
}

/// Asserts that asking for what only the system may do was refused.
#[track_caller]
pub(super) fn forbidden<T: Debug>(outcome: Result<T>) {
    refused(outcome, ErrorKind::Forbidden);
}
