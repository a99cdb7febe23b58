use async_trait::async_trait;

use crate::{
    Result, Scope, Timestamp,
    id::{MemoryId, MessageId},
    types::{Correction, Memory, MemoryPatch, MemoryQuery, NewMemory, Page},
};

/// Reads memories.
#[async_trait]
pub trait ReadMemories: Send + Sync {
    /// By identity, expired and superseded ones included.
    async fn get(&self, scope: &Scope, id: MemoryId) -> Result<Option<Memory>>;

    /// Newest first.
    async fn list(&self, scope: &Scope, query: &MemoryQuery) -> Result<Page<Memory>>;

    /// Those of `ids` that exist, are the scope's, not expired at `now` (a pinned one never is) and not superseded, in the
    /// order asked. At most 1 000 ids.
    async fn hydrate(&self, scope: &Scope, ids: &[MemoryId], now: Timestamp) -> Result<Vec<Memory>>;

    /// A current memory (see [`ReadMemories::hydrate`]) whose content is the same up to case, accents, punctuation and
    /// spacing (`text::normalise`).
    async fn same_content(&self, scope: &Scope, content: &str, now: Timestamp) -> Result<Option<Memory>>;

    /// Those of `messages` that told something no longer true: a memory taken from the message was superseded, and what
    /// stands at the end of the chain is current (see [`ReadMemories::hydrate`]) and not of the same message. In the order
    /// asked; several when several facts of a message changed. At most 1 000 ids.
    async fn corrections(&self, scope: &Scope, messages: &[MessageId], now: Timestamp) -> Result<Vec<Correction>>;
}

/// Writes memories.
#[async_trait]
pub trait WriteMemories: ReadMemories {
    /// Adds a memory owned by the scope's user, and closes their current ones that hold the same slot and have other content
    /// (as [`WriteMemories::supersede`] does). `NotFound` when a source message is not theirs.
    async fn insert(&self, scope: &Scope, memory: NewMemory) -> Result<Memory>;

    /// Changes a memory; `None` when there is none.
    async fn update(&self, scope: &Scope, id: MemoryId, patch: MemoryPatch, now: Timestamp) -> Result<Option<Memory>>;

    /// Closes a fact: `old` was true until `at` and is replaced by `by`. It stays readable by identity and leaves lists
    /// and indexes. What is closed already stays as it is. `NotFound` when either is not the scope's, `Invalid` when
    /// they are the same.
    async fn supersede(&self, scope: &Scope, old: MemoryId, by: MemoryId, at: Timestamp) -> Result<()>;

    /// Notes another turn that a memory was also taken from, so that it outlives the first; what is noted already is
    /// ignored. `NotFound` when the memory or the message is not the scope's.
    async fn add_source(&self, scope: &Scope, id: MemoryId, message: MessageId) -> Result<()>;

    /// Removes a memory for good. What it had closed is closed by what replaced it, or current again when nothing did and
    /// nothing else holds its slot. Answers whether there was one.
    async fn delete(&self, scope: &Scope, id: MemoryId) -> Result<bool>;

    /// Counts one use of each; unknown ids are ignored. At most 1 000 ids.
    async fn touch(&self, scope: &Scope, ids: &[MemoryId], now: Timestamp) -> Result<()>;
}
