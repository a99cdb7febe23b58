//! Where a question looks.

use jarvis_core::{
    Timestamp,
    id::{ConversationId, UserId},
    ports::{KindFilter, TextQuery},
    types::Role,
};

use super::schema::{Facts, owner_prefix};

/// The part of a query that is not words.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Filters {
    pub(crate) owner: UserId,
    /// What stands before the owner's terms.
    pub(crate) prefix: String,
    pub(crate) conversation: Option<ConversationId>,
    kinds: KindFilter,
    role: Option<Role>,
    recallable_only: bool,
    /// Microseconds, inclusive.
    from: i64,
    /// Microseconds, exclusive.
    until: Option<i64>,
}

impl Filters {
    pub(crate) fn of(query: &TextQuery) -> Self {
        Self {
            owner: query.user_id,
            prefix: owner_prefix(query.user_id),
            conversation: query.conversation_id,
            kinds: query.kinds,
            role: query.role,
            recallable_only: query.recallable_only,
            from: query.from.map_or(i64::MIN, Timestamp::as_micros),
            until: query.until.map(Timestamp::as_micros),
        }
    }

    pub(crate) fn allows_facts(&self, facts: Facts) -> bool {
        self.kinds.allows(facts.kind())
            && self.role.is_none_or(|role| facts.has_role(role))
            && (facts.recallable() || !self.recallable_only)
    }

    pub(crate) fn allows_time(&self, created_at: i64) -> bool {
        created_at >= self.from && self.until.is_none_or(|until| created_at < until)
    }

    /// Whether anything between these times (inclusive) may pass.
    pub(crate) fn allows_some_time(&self, earliest: i64, latest: i64) -> bool {
        latest >= self.from && self.until.is_none_or(|until| earliest < until)
    }

    pub(crate) fn looks_at_facts(&self) -> bool {
        self.kinds != KindFilter::All || self.role.is_some() || self.recallable_only
    }

    pub(crate) fn looks_at_time(&self) -> bool {
        self.from != i64::MIN || self.until.is_some()
    }

    /// Whether the scope is all that the owner has.
    pub(crate) fn is_owner_only(&self) -> bool {
        self.conversation.is_none() && !self.looks_at_facts() && !self.looks_at_time()
    }
}
