use async_trait::async_trait;

use crate::{
    Result, Scope,
    id::MemoryId,
    types::{Conversation, Memory, Message, NewMessage, Session, Slot},
};

/// Writes rows as they once were, with their status and their times. For what comes back from an export; everything else uses
/// the nouns' own writers. Owners, counters and the outbox follow as there.
#[async_trait]
pub trait WriteRestore: Send + Sync {
    /// Adds a session as it is given.
    async fn session(&self, scope: &Scope, session: Session) -> Result<()>;

    /// Adds a conversation as it is given, but without messages: `message_count` and `summary_until` are ignored. `NotFound`
    /// when its session is not the scope's.
    async fn conversation(&self, scope: &Scope, conversation: Conversation) -> Result<()>;

    /// As [`append_all`](super::WriteMessages::append_all), into the bin too.
    async fn messages(&self, scope: &Scope, messages: Vec<NewMessage>) -> Result<Vec<Message>>;

    /// Adds a memory as it is given; closes no other memory. `NotFound` when a source message is not the scope's.
    async fn memory(&self, scope: &Scope, memory: Memory, slot: Option<Slot>) -> Result<()>;

    /// Names what replaced a memory that is closed by something that does not exist (any more). Answers whether it was
    /// such a one.
    async fn succeed(&self, scope: &Scope, old: MemoryId, by: MemoryId) -> Result<bool>;
}
