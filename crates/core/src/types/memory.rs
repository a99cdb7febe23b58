use crate::{
    Json, Timestamp,
    id::{MemoryId, MessageId, UserId},
    types::Cursor,
};

/// Something worth remembering about a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Memory {
    /// Identity.
    pub id: MemoryId,
    /// Owner.
    pub user_id: UserId,
    /// For how long.
    pub kind: MemoryKind,
    /// `preference`, `fact`, `date`, `conversation`, or the caller's own word.
    pub category: String,
    /// What to remember.
    pub content: String,
    /// 0 to 1.
    pub importance: f32,
    /// Times it was used in an answer.
    pub access_count: u64,
    /// Last use.
    pub last_accessed_at: Option<Timestamp>,
    /// Gone from recall and search after this.
    pub expires_at: Option<Timestamp>,
    /// Turns it was taken from; empty when a person wrote it.
    pub source_message_ids: Vec<MessageId>,
    /// True from.
    pub valid_from: Timestamp,
    /// True until; a fact that changes is closed, not overwritten.
    pub valid_to: Option<Timestamp>,
    /// What replaced it.
    pub superseded_by: Option<MemoryId>,
    /// Never expires by itself, and counts as of full importance.
    pub pinned: bool,
    /// Whatever the caller keeps with it.
    pub metadata: Option<Json>,
    /// Made at.
    pub created_at: Timestamp,
    /// Changed at.
    pub updated_at: Timestamp,
}

impl Memory {
    /// What recall takes for its importance.
    pub fn weight(&self) -> f32 {
        if self.pinned { 1.0 } else { self.importance }
    }
}

/// Something of which a person has one at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Such as `home` or `favourite color`.
    pub key: String,
    /// Whether the memory tells nothing else: only then it holds the slot, and is closed when another takes it.
    pub alone: bool,
}

/// What became of something that was said.
#[derive(Clone, Debug, PartialEq)]
pub struct Correction {
    /// Where it was said.
    pub message_id: MessageId,
    /// The fact as it was taken from there; closed.
    pub was: Memory,
    /// The current fact at the end of the chain.
    pub now: Memory,
}

/// For how long a memory is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MemoryKind {
    /// Until forgotten.
    LongTerm,
    /// Until it expires.
    ShortTerm,
}

impl MemoryKind {
    /// As stored and as on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LongTerm => "long_term",
            Self::ShortTerm => "short_term",
        }
    }

    /// The inverse of [`MemoryKind::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::LongTerm, Self::ShortTerm].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A memory to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct NewMemory {
    /// Identity.
    pub id: MemoryId,
    /// For how long.
    pub kind: MemoryKind,
    /// Its category.
    pub category: String,
    /// What to remember.
    pub content: String,
    /// 0 to 1.
    pub importance: f32,
    /// Gone from recall after this.
    pub expires_at: Option<Timestamp>,
    /// Turns it was taken from; must be the same owner's.
    pub source_message_ids: Vec<MessageId>,
    /// What it tells of which there is one at a time: a current memory that tells only of this and has other content is
    /// closed by this one.
    pub slot: Option<Slot>,
    /// Whatever the caller keeps with it.
    pub metadata: Option<Json>,
    /// Now.
    pub created_at: Timestamp,
}

/// Changes to a memory; `None` leaves a field as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MemoryPatch {
    /// New kind.
    pub kind: Option<MemoryKind>,
    /// New category.
    pub category: Option<String>,
    /// New content.
    pub content: Option<String>,
    /// New slot, or none (see [`NewMemory::slot`]); closes no other memory.
    pub slot: Option<Option<Slot>>,
    /// New importance.
    pub importance: Option<f32>,
    /// New expiry, or none.
    pub expires_at: Option<Option<Timestamp>>,
    /// Whether it is pinned from now on.
    pub pinned: Option<bool>,
    /// New metadata, or none.
    pub metadata: Option<Option<Json>>,
}

/// Which memories to list, newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MemoryQuery {
    /// Only of this kind.
    pub kind: Option<MemoryKind>,
    /// Only of this category.
    pub category: Option<String>,
    /// Only those that are pinned, or only those that are not.
    pub pinned: Option<bool>,
    /// Those that expired too.
    pub expired: bool,
    /// Those that something replaced too.
    pub superseded: bool,
    /// The moment at which expiry is judged.
    pub now: Timestamp,
    /// Rows at most.
    pub limit: u32,
    /// After this row.
    pub after: Option<Cursor>,
}
