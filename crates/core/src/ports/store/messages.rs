use async_trait::async_trait;

use crate::{
    Result, Scope,
    id::{ConversationId, MessageId},
    types::{Anchor, Message, MessagePage, MessageQuery, NewMessage},
};

/// Reads messages. Those of a conversation in the bin exist only for [`ReadMessages::get`],
/// [`ReadMessages::page`], [`ReadMessages::window`] and [`ReadMessages::branch`].
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

    /// A conversation's head and at most `limit` of its messages about a place, oldest first; `None` when there is no such
    /// conversation. `NotFound` when the message is not of it.
    async fn window(
        &self,
        scope: &Scope,
        conversation: ConversationId,
        anchor: Anchor,
        limit: u32,
    ) -> Result<Option<MessagePage>>;

    /// Those of `ids` that still exist, are the scope's and not in the bin, in the order asked. At most 1 000 ids.
    async fn hydrate(&self, scope: &Scope, ids: &[MessageId]) -> Result<Vec<Message>>;

    /// What was said around `ids`: these messages and up to `reach` before and after each in its conversation, every
    /// message once, ordered by conversation and position. Ids that do not exist, are not the scope's or are in the bin
    /// have no surroundings. `Invalid` for more than 1 000 ids or a reach beyond 20.
    async fn around(&self, scope: &Scope, ids: &[MessageId], reach: u32) -> Result<Vec<Message>>;

    /// A message and what it follows, turn by turn up to the beginning: the last `limit` of these, oldest first. Empty when
    /// there is no such message. At most 1 000.
    async fn branch(&self, scope: &Scope, leaf: MessageId, limit: u32) -> Result<Vec<Message>>;

    /// The answer stored for a message: of its children with role assistant that are not
    /// interrupted, the first by position.
    async fn answer_to(&self, scope: &Scope, id: MessageId) -> Result<Option<Message>>;
}

/// Writes messages.
#[async_trait]
pub trait WriteMessages: ReadMessages {
    /// Adds a message at the end of its conversation. `NotFound` when the conversation or what it follows is not the
    /// scope's (that must be of the same conversation), `Conflict` when the id or the foreign id is taken, or when the
    /// conversation is in the bin, where only what was asked before may still be answered (role assistant).
    async fn append(&self, scope: &Scope, message: NewMessage) -> Result<Message>;

    /// [`WriteMessages::append`] for many, in order, all or none; they may belong to several conversations. At most
    /// 10 000.
    async fn append_all(&self, scope: &Scope, messages: Vec<NewMessage>) -> Result<Vec<Message>>;
}
