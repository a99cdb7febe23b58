use async_trait::async_trait;

use crate::{
    Result, Scope, Timestamp,
    id::{ConversationId, MessageId},
    types::{Conversation, ConversationPatch, ConversationQuery, Erased, NewConversation, Page},
};

/// Reads conversations.
#[async_trait]
pub trait ReadConversations: Send + Sync {
    /// By identity, whatever its status.
    async fn get(&self, scope: &Scope, id: ConversationId) -> Result<Option<Conversation>>;

    /// Newest activity first.
    async fn list(&self, scope: &Scope, query: &ConversationQuery) -> Result<Page<Conversation>>;
}

/// Writes conversations.
#[async_trait]
pub trait WriteConversations: ReadConversations {
    /// Adds a conversation owned by the scope's user. `NotFound` when its session is not theirs.
    async fn insert(&self, scope: &Scope, conversation: NewConversation) -> Result<Conversation>;

    /// Changes a conversation; `None` when there is none. Putting it into the bin or taking it out tells the indexes.
    async fn update(
        &self,
        scope: &Scope,
        id: ConversationId,
        patch: ConversationPatch,
        now: Timestamp,
    ) -> Result<Option<Conversation>>;

    /// Keeps a summary of everything up to the message `until` on its branch. Answers whether it was kept: not when the
    /// person wrote a summary of their own, or there is no such conversation. It is no activity. `NotFound` when the
    /// message is not of this conversation.
    async fn set_summary(&self, scope: &Scope, id: ConversationId, summary: &str, until: MessageId) -> Result<bool>;

    /// Removes a conversation for good, with its messages, the memories derived from them alone, and their embeddings;
    /// tells the indexes. `None` when there is none.
    async fn erase(&self, scope: &Scope, id: ConversationId) -> Result<Option<Erased>>;
}
