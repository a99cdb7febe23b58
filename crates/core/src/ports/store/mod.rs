//! Relational data, as a family of small traits: one pair per noun, `Read…` for both [`Store`] and [`Tx`], `Write…` for
//! [`Tx`] only.
//!
//! Every method takes a [`Scope`](crate::Scope). Under `Scope::of(user)` only that user's rows exist: another user's id is `None`, a
//! foreign parent is `NotFound`. Only `Scope::system()` sees all; methods that only it may call say so and answer
//! `Forbidden` otherwise.
//!
//! Lookups answer `Option`. Lists are ordered as their query says and never unbounded.

mod accounts;
mod audit;
mod conversations;
mod erasures;
mod foreign_ids;
mod generations;
mod idempotency;
mod logins;
mod memories;
mod messages;
mod nodes;
mod outbox;
mod owned;
mod restore;
mod sealing;
mod sessions;
mod stats;
mod users;

use async_trait::async_trait;
use futures_core::future::BoxFuture;
use std::{
    fmt::Debug,
    sync::{Arc, Mutex, PoisonError},
};

pub use accounts::{ReadAccounts, WriteAccounts};
pub use audit::{ReadAudit, WriteAudit};
pub use conversations::{ReadConversations, WriteConversations};
pub use erasures::{ReadErasures, WriteErasures};
pub use foreign_ids::WriteForeignIds;
pub use generations::{ReadGenerations, WriteGenerations};
pub use idempotency::WriteIdempotency;
pub use logins::{ReadApiKeys, ReadInvites, ReadLogins, WriteApiKeys, WriteInvites, WriteLogins};
pub use memories::{ReadMemories, WriteMemories};
pub use messages::{ReadMessages, WriteMessages};
pub use nodes::{ReadNodes, WriteNodes};
pub use outbox::{IndexPosition, ReadOutbox, WriteOutbox};
pub use owned::ReadOwned;
pub use restore::WriteRestore;
pub use sealing::{ReadSealing, WriteSealing};
pub use sessions::{ReadSessions, WriteSessions};
pub use stats::{ReadStats, WriteStats};
pub use users::{ReadUsers, WriteUsers};

use crate::{Error, Result, ports::Health};

/// Work to be done in one transaction: it may await nothing but the transaction's own statements. `Ok` keeps it, `Err`
/// rolls it back.
pub type Unit = Box<dyn for<'t> FnOnce(&'t dyn Tx) -> BoxFuture<'t, Result<()>> + Send>;

/// The relational store.
///
/// Contract: a unit whose `run` answered `Ok` survives the loss of power; one that answered an error has left nothing.
/// A unit that takes longer than a second is rolled back with `DeadlineExceeded`; erasing or restoring a conversation
/// is given time for each of its messages on top. When the disk is full, writes answer
/// `StorageFull` and reads go on. Dropping the future of `run` neither stops nor undoes a unit that has begun.
#[async_trait]
pub trait Store: Send + Sync + Debug {
    /// Really asks the store.
    async fn check(&self) -> Health;

    /// Runs a unit of work; prefer `write`, which answers a value.
    async fn run(&self, unit: Unit) -> Result<()>;

    /// Makes sure that what was removed before this call is in no file of the store any more, copies that were kept before a
    /// migration included. `Unavailable` when something that is being read keeps it there for now.
    async fn scrub(&self) -> Result<()>;

    /// Users.
    fn users(&self) -> &dyn ReadUsers;
    /// Sessions.
    fn sessions(&self) -> &dyn ReadSessions;
    /// Conversations.
    fn conversations(&self) -> &dyn ReadConversations;
    /// Messages.
    fn messages(&self) -> &dyn ReadMessages;
    /// Answers being produced.
    fn generations(&self) -> &dyn ReadGenerations;
    /// Memories.
    fn memories(&self) -> &dyn ReadMemories;
    /// Counters.
    fn stats(&self) -> &dyn ReadStats;
    /// Changes for the indexes.
    fn outbox(&self) -> &dyn ReadOutbox;
    /// The trail.
    fn audit(&self) -> &dyn ReadAudit;
    /// All that a person owns, in the order it was made.
    fn owned(&self) -> &dyn ReadOwned;
    /// Erasures under way.
    fn erasures(&self) -> &dyn ReadErasures;
    /// Nodes that work on the store.
    fn nodes(&self) -> &dyn ReadNodes;
    /// Who can log in.
    fn accounts(&self) -> &dyn ReadAccounts;
    /// Logins.
    fn logins(&self) -> &dyn ReadLogins;
    /// Keys of programs.
    fn api_keys(&self) -> &dyn ReadApiKeys;
    /// Invitations.
    fn invites(&self) -> &dyn ReadInvites;
    /// Keys of encryption at rest.
    fn sealing(&self) -> &dyn ReadSealing;
}

impl dyn Store + '_ {
    /// Runs a unit of work and answers its value once it is durable.
    ///
    /// ```ignore
    /// store.write(move |tx| Box::pin(async move { tx.messages().append(&scope, message).await })).await?
    /// ```
    pub async fn write<T, F>(&self, unit: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t dyn Tx) -> BoxFuture<'t, Result<T>> + Send + 'static,
    {
        let slot = Arc::new(Mutex::new(None));
        let filled = Arc::clone(&slot);
        self.run(Box::new(move |tx| {
            Box::pin(async move {
                let value = unit(tx).await?;
                *filled.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
                Ok(())
            })
        }))
        .await?;
        let value = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        value.ok_or_else(|| Error::internal("a store kept a unit of work without running it"))
    }
}

/// An open transaction. It sees its own writes. Every write also keeps what depends on it true: positions, conversation
/// heads, statistics and the outbox.
pub trait Tx: Send + Sync {
    /// Users.
    fn users(&self) -> &dyn WriteUsers;
    /// Sessions.
    fn sessions(&self) -> &dyn WriteSessions;
    /// Conversations.
    fn conversations(&self) -> &dyn WriteConversations;
    /// Messages.
    fn messages(&self) -> &dyn WriteMessages;
    /// Answers being produced.
    fn generations(&self) -> &dyn WriteGenerations;
    /// Memories.
    fn memories(&self) -> &dyn WriteMemories;
    /// Counters.
    fn stats(&self) -> &dyn WriteStats;
    /// Changes for the indexes.
    fn outbox(&self) -> &dyn WriteOutbox;
    /// Where imported rows came from.
    fn foreign_ids(&self) -> &dyn WriteForeignIds;
    /// Idempotency keys.
    fn idempotency(&self) -> &dyn WriteIdempotency;
    /// The trail.
    fn audit(&self) -> &dyn WriteAudit;
    /// Rows as they once were.
    fn restore(&self) -> &dyn WriteRestore;
    /// Erasures under way.
    fn erasures(&self) -> &dyn WriteErasures;
    /// Nodes that work on the store.
    fn nodes(&self) -> &dyn WriteNodes;
    /// Who can log in.
    fn accounts(&self) -> &dyn WriteAccounts;
    /// Logins.
    fn logins(&self) -> &dyn WriteLogins;
    /// Keys of programs.
    fn api_keys(&self) -> &dyn WriteApiKeys;
    /// Invitations.
    fn invites(&self) -> &dyn WriteInvites;
    /// Keys of encryption at rest.
    fn sealing(&self) -> &dyn WriteSealing;
}
