use crate::{
    Timestamp,
    id::{ConversationId, MemoryId, MessageId},
    types::{Memory, Role},
};

/// A memory with what it is connected to, for those who carry it elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnedMemory {
    /// The memory itself.
    pub memory: Memory,
    /// Where its source messages were said, in their order.
    pub sources: Vec<(ConversationId, MessageId)>,
    /// The closed memories that it replaced.
    pub supersedes: Vec<MemoryId>,
}

/// A turn's place in its conversation's tree, without what was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TurnPlace {
    /// Which.
    pub id: MessageId,
    /// The turn it comes after.
    pub parent_id: Option<MessageId>,
    /// Order within the conversation.
    pub position: i64,
    /// Who speaks.
    pub role: Role,
    /// Said at.
    pub created_at: Timestamp,
}
