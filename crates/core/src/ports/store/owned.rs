use async_trait::async_trait;

use crate::{
    Result, Scope,
    id::ConversationId,
    types::{Conversation, Cursor, Message, OwnedMemory, Session, TurnPlace},
};

/// Reads all that a person owns, whatever its status, for those who carry it elsewhere.
///
/// Every list is in the order in which its rows were made (time ascending, then id ascending), begins behind `after`, and
/// answers at most `limit` rows: fewer when they are large, none only behind the last. So whoever reads page by page gets
/// every row that was there when they began, in bounded memory.
#[async_trait]
pub trait ReadOwned: Send + Sync {
    /// Sessions.
    async fn sessions(&self, scope: &Scope, after: Option<Cursor>, limit: u32) -> Result<Vec<Session>>;

    /// Conversations, archived ones and those in the bin included.
    async fn conversations(&self, scope: &Scope, after: Option<Cursor>, limit: u32) -> Result<Vec<Conversation>>;

    /// The messages of a conversation in the order of their positions, behind the position `after`.
    async fn messages(
        &self,
        scope: &Scope,
        conversation: ConversationId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<Message>>;

    /// Memories, expired and superseded ones included.
    async fn memories(&self, scope: &Scope, after: Option<Cursor>, limit: u32) -> Result<Vec<OwnedMemory>>;

    /// The places of all turns of a conversation in the order of their positions; some 70 bytes each. Empty when there is no
    /// such conversation.
    async fn turns(&self, scope: &Scope, conversation: ConversationId) -> Result<Vec<TurnPlace>>;
}
