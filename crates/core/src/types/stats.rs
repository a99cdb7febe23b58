use crate::{Timestamp, id::UserId};

/// Counters of one person, kept true in the same transaction as what they count.
#[derive(Clone, Debug, PartialEq)]
pub struct UserStats {
    /// Whose.
    pub user_id: UserId,
    /// Conversations that exist, the bin included.
    pub conversations: u64,
    /// Messages that exist.
    pub messages: u64,
    /// Memories that exist.
    pub memories: u64,
    /// Tokens of every message ever stored.
    pub tokens: u64,
    /// Last change.
    pub updated_at: Option<Timestamp>,
}

/// Sizes of the whole store.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct StoreTotals {
    /// Users.
    pub users: u64,
    /// Conversations of all users.
    pub conversations: u64,
    /// Messages of all users.
    pub messages: u64,
    /// Memories of all users.
    pub memories: u64,
    /// Bytes of the database on disk, the write-ahead log included.
    pub bytes: u64,
}
