use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    Timestamp,
    id::{ConversationId, MemoryId, MessageId, UserId},
    types::Role,
};

/// Order of the store's changes, from 1. A position of 0 means "nothing yet".
pub type OutboxSeq = u64;

/// What kind of text is indexed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocKind {
    /// A turn of a conversation.
    Message,
    /// A memory.
    Memory,
}

/// Identity of an indexed text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DocRef {
    /// What it is.
    pub kind: DocKind,
    /// Its id.
    pub id: Uuid,
}

impl From<MessageId> for DocRef {
    fn from(id: MessageId) -> Self {
        Self { kind: DocKind::Message, id: *id.as_uuid() }
    }
}

impl From<MemoryId> for DocRef {
    fn from(id: MemoryId) -> Self {
        Self { kind: DocKind::Memory, id: *id.as_uuid() }
    }
}

/// A text and what it can be filtered by.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexDocument {
    /// Identity.
    pub doc: DocRef,
    /// Owner.
    pub user_id: UserId,
    /// Where it was said; none for memories.
    pub conversation_id: Option<ConversationId>,
    /// Who said it; none for memories.
    pub role: Option<Role>,
    /// Whether recall may propose it. False for what the `recall` model answered: it only quotes others.
    pub recallable: bool,
    /// Said or made at.
    pub created_at: Timestamp,
    /// The text.
    pub text: String,
}

/// One change to an index. Applying a change twice is the same as once.
#[derive(Clone, Debug, PartialEq)]
pub enum IndexChange {
    /// Add or replace.
    Upsert(IndexDocument),
    /// Remove one document; unknown ones are ignored.
    Delete(DocRef),
    /// Remove every message of a conversation.
    DeleteConversation(ConversationId),
}

/// A change with its place in the store's order.
#[derive(Clone, Debug, PartialEq)]
pub struct OutboxEntry {
    /// Its place.
    pub seq: OutboxSeq,
    /// What an index must do, taken from the row as it is now.
    pub change: IndexChange,
}
