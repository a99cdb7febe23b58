use crate::{Timestamp, id::UserId, types::Role};

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

/// Which days to tell of, and where they begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActivityQuery {
    /// The first day, counted from 1970-01-01.
    pub first_day: i64,
    /// The last day.
    pub last_day: i64,
    /// How far ahead of UTC the days begin: a number of quarters of an hour.
    pub quarters_ahead: i64,
    /// Categories of memories at most.
    pub categories: u32,
    /// The moment at which expiry is judged.
    pub now: Timestamp,
}

/// What a person did, day by day. Days on which nothing was done are left out; each list is ascending.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Activity {
    /// Messages said on these days that still exist, and tokens of all that ever did, by role and model.
    pub messages: Vec<DayMessages>,
    /// Conversations begun on these days that still exist: day and how many.
    pub conversations: Vec<(i64, u64)>,
    /// Memories made on these days that still exist: day, category and how many.
    pub memories: Vec<(i64, String, u64)>,
    /// The categories of all current memories, the largest first, and how many are in each.
    pub categories: Vec<(String, u64)>,
}

/// Messages of one day by one role and model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayMessages {
    /// Counted from 1970-01-01.
    pub day: i64,
    /// Who speaks.
    pub role: Role,
    /// The model that spoke.
    pub model: Option<String>,
    /// Messages that still exist.
    pub messages: u64,
    /// Tokens of every message ever stored.
    pub tokens: u64,
}
