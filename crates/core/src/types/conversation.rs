use crate::{
    Json, Timestamp,
    id::{ConversationId, MemoryId, MessageId, SessionId, UserId},
    types::Cursor,
};

/// A conversation, without its messages.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversation {
    /// Identity.
    pub id: ConversationId,
    /// Owner.
    pub user_id: UserId,
    /// The context it belongs to.
    pub session_id: Option<SessionId>,
    /// Shown in lists; empty until the first turn gives one.
    pub title: String,
    /// What it was about.
    pub summary: Option<String>,
    /// The last message that `summary` covers; none when a person wrote it.
    pub summary_until: Option<MessageId>,
    /// Open, archived or in the bin.
    pub status: ConversationStatus,
    /// Messages in it, kept true in the same transaction as each message.
    pub message_count: u64,
    /// Whatever the caller keeps with it.
    pub metadata: Option<Json>,
    /// Made at.
    pub created_at: Timestamp,
    /// Last message or change.
    pub updated_at: Timestamp,
    /// Last message, or creation: the order of lists.
    pub active_at: Timestamp,
}

/// Where a conversation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConversationStatus {
    /// In use.
    Open,
    /// Put away, still found by search.
    Archived,
    /// In the bin: hidden everywhere, restorable for 30 days.
    Deleted,
}

/// A conversation to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct NewConversation {
    /// Identity.
    pub id: ConversationId,
    /// The context it belongs to; must be the same owner's.
    pub session_id: Option<SessionId>,
    /// Shown in lists.
    pub title: String,
    /// Whatever the caller keeps with it.
    pub metadata: Option<Json>,
    /// Now.
    pub created_at: Timestamp,
}

/// Changes to a conversation; `None` leaves a field as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConversationPatch {
    /// New title.
    pub title: Option<String>,
    /// New summary in the person's words, or none.
    pub summary: Option<Option<String>>,
    /// New status: `Deleted` hides it from search, `Open` or `Archived` brings it back.
    pub status: Option<ConversationStatus>,
    /// New metadata, or none.
    pub metadata: Option<Option<Json>>,
}

/// Which conversations to list, newest activity first.
#[derive(Clone, Debug, PartialEq)]
pub struct ConversationQuery {
    /// Exactly this status.
    pub status: ConversationStatus,
    /// Only of this session.
    pub session_id: Option<SessionId>,
    /// Only with this text in the title, ignoring case and accents.
    pub title_contains: Option<String>,
    /// Rows at most.
    pub limit: u32,
    /// After this row.
    pub after: Option<Cursor>,
}

/// What erasing a conversation removed.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Erased {
    /// Messages removed.
    pub messages: u64,
    /// Memories that came from these messages alone, removed too.
    pub memories: Vec<MemoryId>,
}
