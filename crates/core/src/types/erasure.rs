use std::ops::AddAssign;

/// Rows that erasing all of a person's data removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ErasedRows {
    /// Conversations.
    pub conversations: u64,
    /// Messages.
    pub messages: u64,
    /// Memories.
    pub memories: u64,
    /// Sessions.
    pub sessions: u64,
    /// Answers that were being produced.
    pub generations: u64,
    /// Idempotency keys.
    pub idempotency_keys: u64,
    /// Notes of where imported rows came from.
    pub foreign_ids: u64,
    /// Quarters of an hour with figures for charts.
    pub activity: u64,
}

impl AddAssign for ErasedRows {
    fn add_assign(&mut self, more: Self) {
        self.conversations += more.conversations;
        self.messages += more.messages;
        self.memories += more.memories;
        self.sessions += more.sessions;
        self.generations += more.generations;
        self.idempotency_keys += more.idempotency_keys;
        self.foreign_ids += more.foreign_ids;
        self.activity += more.activity;
    }
}
