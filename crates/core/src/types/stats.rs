use std::ops::AddAssign;

use crate::{
    Timestamp,
    id::UserId,
    types::{ConversationStatus, Role},
};

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
    /// Bytes of conversations, messages, memories and sessions, as they are stored.
    pub bytes: u64,
    /// Last change.
    pub updated_at: Option<Timestamp>,
}

impl UserStats {
    /// Those of a person who has nothing.
    pub fn none(user_id: UserId) -> Self {
        Self { user_id, conversations: 0, messages: 0, memories: 0, tokens: 0, bytes: 0, updated_at: None }
    }

    /// With what was counted and is not stored yet.
    #[must_use]
    pub fn grown(mut self, by: UserGrowth) -> Self {
        if by != UserGrowth::default() {
            self.conversations = self.conversations.saturating_add_signed(by.conversations());
            self.messages = self.messages.saturating_add_signed(by.messages);
            self.memories = self.memories.saturating_add_signed(by.memories);
            self.tokens = self.tokens.saturating_add_signed(by.tokens);
            self.bytes = self.bytes.saturating_add_signed(by.bytes);
            self.updated_at = self.updated_at.max(Some(Timestamp::from_micros(by.at)));
        }
        self
    }
}

/// By how much what one person has grew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UserGrowth {
    /// Open conversations.
    pub open: i64,
    /// Archived conversations.
    pub archived: i64,
    /// Conversations in the bin.
    pub deleted: i64,
    /// Messages.
    pub messages: i64,
    /// Memories.
    pub memories: i64,
    /// Tokens.
    pub tokens: i64,
    /// Bytes that are stored.
    pub bytes: i64,
    /// When, in microseconds since 1970; nothing grew before there was a time.
    pub at: i64,
}

impl UserGrowth {
    /// By nothing yet, at a time.
    pub fn at(at: Timestamp) -> Self {
        Self { at: at.as_micros(), ..Self::default() }
    }

    /// With so many conversations more, or fewer, in a status.
    #[must_use]
    pub fn with_conversations(mut self, status: ConversationStatus, by: i64) -> Self {
        match status {
            ConversationStatus::Open => self.open += by,
            ConversationStatus::Archived => self.archived += by,
            ConversationStatus::Deleted => self.deleted += by,
        }
        self
    }

    /// Conversations in a status.
    pub fn conversations_in(&self, status: ConversationStatus) -> i64 {
        match status {
            ConversationStatus::Open => self.open,
            ConversationStatus::Archived => self.archived,
            ConversationStatus::Deleted => self.deleted,
        }
    }

    /// Conversations in any status.
    pub fn conversations(&self) -> i64 {
        self.open + self.archived + self.deleted
    }
}

impl AddAssign for UserGrowth {
    fn add_assign(&mut self, by: Self) {
        self.open += by.open;
        self.archived += by.archived;
        self.deleted += by.deleted;
        self.messages += by.messages;
        self.memories += by.memories;
        self.tokens += by.tokens;
        self.bytes += by.bytes;
        self.at = self.at.max(by.at);
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_grew_in_parts_grew_as_a_whole() {
        let at = |micros| UserGrowth::at(Timestamp::from_micros(micros));
        let mut growth = at(7).with_conversations(ConversationStatus::Open, -1);
        growth += at(5).with_conversations(ConversationStatus::Deleted, 3);
        growth += UserGrowth { messages: -9, tokens: 4, ..at(6) };
        assert_eq!((growth.conversations(), growth.conversations_in(ConversationStatus::Deleted)), (2, 3));
        let stats = UserStats { messages: 5, ..UserStats::none(UserId::from(uuid::Uuid::nil())) };
        let grown = stats.clone().grown(growth);
        assert_eq!((grown.conversations, grown.messages, grown.tokens), (2, 0, 4), "never fewer than none");
        assert_eq!(grown.updated_at, Some(Timestamp::from_micros(7)));
        assert_eq!(stats.clone().grown(UserGrowth::default()), stats);
    }
}
