use async_trait::async_trait;

use crate::{
    Result, Scope, Timestamp,
    id::{MemoryId, MessageId},
    types::{Memory, MemoryPatch, MemoryQuery, NewMemory, Page},
};

/// Reads memories.
#[async_trait]
pub trait ReadMemories: Send + Sync {
    /// By identity, expired and superseded ones included.
    async fn get(&self, scope: &Scope, id: MemoryId) -> Result<Option<Memory>>;

    /// Newest first.
    async fn list(&self, scope: &Scope, query: &MemoryQuery) -> Result<Page<Memory>>;

    /// Those of `ids` that exist, are the scope's, not expired at `now` and not superseded, in the order asked. At most
    /// 1 000 ids.
    async fn hydrate(&self, scope: &Scope, ids: &[MemoryId], now: Timestamp) -> Result<Vec<Memory>>;

    /// A current memory (see [`ReadMemories::hydrate`]) whose content is the same up to case, accents, punctuation and
    /// spacing (`text::normalise`).
    async fn same_content(&self, scope: &Scope, content: &str, now: Timestamp) -> Result<Option<Memory>>;
}

/// Writes memories.
#[async_trait]
pub trait WriteMemories: ReadMemories {
    /// Adds a memory owned by the scope's user. `NotFound` when a source message is not theirs.
    async fn insert(&self, scope: &Scope, memory: NewMemory) -> Result<Memory>;

    /// Changes a memory; `None` when there is none.
    async fn update(&self, scope: &Scope, id: MemoryId, patch: MemoryPatch, now: Timestamp) -> Result<Option<Memory>>;

    /// Notes another turn that a memory was also taken from, so that it outlives the first; what is noted already is
    /// ignored. `NotFound` when the memory or the message is not the scope's.
    async fn add_source(&self, scope: &Scope, id: MemoryId, message: MessageId) -> Result<()>;

    /// Removes a memory for good. Answers whether there was one.
    async fn delete(&self, scope: &Scope, id: MemoryId) -> Result<bool>;

    /// Counts one use of each; unknown ids are ignored. At most 1 000 ids.
    async fn touch(&self, scope: &Scope, ids: &[MemoryId], now: Timestamp) -> Result<()>;
}
