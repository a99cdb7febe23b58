use async_trait::async_trait;

use crate::{
    Result, Scope,
    id::{ConversationId, MessageId},
    types::{Message, MessagePage, MessageQuery, NewMessage},
};

/// Reads messages. Those of a conversation in the bin exist only for [`ReadMessages::get`] and [`ReadMessages::page`].
#[async_trait]
pub trait ReadMessages: Send + Sync {
    /// By identity.
    async fn get(&self, scope: &Scope, id: MessageId) -> Result<Option<Message>>;

    /// A conversation's head and some of its messages, in one read; `None` when there is no such conversation.
    async fn page(
        &self,
        scope: &Scope,
        conversation: ConversationId,
        query: &MessageQuery,
    ) -> Result<Option<MessagePage>>;

    /// Those of `ids` that still exist, are the scope's and not in the bin, in the order asked. At most 1 000 ids.
    async fn hydrate(&self, scope: &Scope, ids: &[MessageId]) -> Result<Vec<Message>>;

    /// What was said around `ids`: these messages and up to `reach` before and after each in its conversation, every
    /// message once, ordered by conversation and position. Ids that do not exist, are not the scope's or are in the bin
    /// have no surroundings. `Invalid` for more than 1 000 ids or a reach beyond 20.
    async fn around(&self, scope: &Scope, ids: &[MessageId], reach: u32) -> Result<Vec<Message>>;

    /// The answer stored for a message: its first child by position with role assistant.
    async fn answer_to(&self, scope: &Scope, id: MessageId) -> Result<Option<Message>>;
}

/// Writes messages.
#[async_trait]
pub trait WriteMessages: ReadMessages {
    /// Adds a message at the end of its conversation. `NotFound` when the conversation or the parent is not the scope's
    /// (a parent must be of the same conversation), `Conflict` when the id or the foreign id is taken, or when the
    /// conversation is in the bin.
    async fn append(&self, scope: &Scope, message: NewMessage) -> Result<Message>;

    /// [`WriteMessages::append`] for many, in order, all or none; they may belong to several conversations. At most
    /// 10 000.
    async fn append_all(&self, scope: &Scope, messages: Vec<NewMessage>) -> Result<Vec<Message>>;
}
