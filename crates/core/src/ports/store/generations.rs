use async_trait::async_trait;

use crate::{
    Result, Scope,
    id::MessageId,
    types::{GenerationPart, NewGeneration, NodeId, RunningGeneration, UnfinishedGeneration},
};

/// Reads answers that are being produced.
#[async_trait]
pub trait ReadGenerations: Send + Sync {
    /// Those of `node` that were not finished, in the order they were begun; at most `limit`. System only.
    async fn unfinished(&self, scope: &Scope, node: &str, limit: u32) -> Result<Vec<UnfinishedGeneration>>;

    /// Those of the scope's user, on whatever node, by id; at most `limit`.
    async fn running(&self, scope: &Scope, limit: u32) -> Result<Vec<RunningGeneration>>;

    /// The nodes of which there are any, by name. System only.
    async fn nodes(&self, scope: &Scope) -> Result<Vec<NodeId>>;
}

/// Writes answers that are being produced, so that what a crash leaves of them is known. They go with their conversation.
#[async_trait]
pub trait WriteGenerations: ReadGenerations {
    /// Notes one that begins. `NotFound` when the conversation is not the scope's; `Conflict` when the id is taken, and with
    /// code `generation_running` when there is another in this conversation, on whatever node: of two that begin at once
    /// one is refused.
    async fn begin(&self, scope: &Scope, generation: NewGeneration) -> Result<()>;

    /// Keeps pieces of text; a piece that begins where one was kept replaces it, and those of generations that are not
    /// there (any more) are ignored. System only. At most 1 000 pieces.
    async fn keep(&self, scope: &Scope, parts: Vec<GenerationPart>) -> Result<()>;

    /// Removes one with its text. Answers whether there was one.
    async fn finish(&self, scope: &Scope, id: MessageId) -> Result<bool>;
}
