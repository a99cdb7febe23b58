use jarvis_core::{
    Error,
    types::{ForeignKind, LiveChange},
};

use super::item::Reason;

/// Skipped lines that a report names; more are only counted.
const MAX_SKIPPED: usize = 1_000;

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Lines read, blank ones included.
    pub lines: u64,
    /// What is new.
    pub imported: ImportCounts,
    /// What an earlier import had made, or the file holds twice.
    pub existing: ImportCounts,
    /// The first thousand lines that were not taken, in their order.
    pub skipped: Vec<SkippedLine>,
    /// All lines that were not taken.
    pub skipped_total: u64,
}

/// How many of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportCounts {
    /// Conversations.
    pub conversations: u64,
    /// Messages.
    pub messages: u64,
    /// Memories.
    pub memories: u64,
    /// Sessions.
    pub sessions: u64,
}

/// A line that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedLine {
    /// From 1.
    pub line: u64,
    /// Why, for a person.
    pub reason: String,
}

/// What became of a batch.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) imported: ImportCounts,
    pub(super) existing: ImportCounts,
    skipped: Vec<(u64, Reason)>,
    /// What those who watch should hear, once each: conversations that began or grew, and memories.
    changes: Vec<LiveChange>,
}

impl ImportCounts {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.conversations + self.messages + self.memories + self.sessions
    }

    pub(super) fn count(&mut self, kind: ForeignKind) {
        match kind {
            ForeignKind::Session => self.sessions += 1,
            ForeignKind::Conversation => self.conversations += 1,
            ForeignKind::Message => self.messages += 1,
            ForeignKind::Memory => self.memories += 1,
        }
    }

    fn add(&mut self, more: Self) {
        self.conversations += more.conversations;
        self.messages += more.messages;
        self.memories += more.memories;
        self.sessions += more.sessions;
    }
}

impl Outcome {
    pub(super) fn skip(&mut self, line: u64, reason: Reason) {
        self.skipped.push((line, reason));
    }

    /// A batch has some hundred lines, so looking through what was noted before costs little.
    pub(super) fn change(&mut self, change: LiveChange) {
        if !self.changes.contains(&change) {
            self.changes.push(change);
        }
    }

    pub(super) fn changes(&self) -> Vec<LiveChange> {
        self.changes.clone()
    }
}

impl ImportReport {
    pub(super) fn add(&mut self, outcome: Outcome) {
        self.imported.add(outcome.imported);
        self.existing.add(outcome.existing);
        self.skipped_total += outcome.skipped.len() as u64;
        let room = MAX_SKIPPED - self.skipped.len().min(MAX_SKIPPED);
        let named = outcome.skipped.into_iter().take(room);
        self.skipped.extend(named.map(|(line, reason)| SkippedLine { line, reason: reason.into_owned() }));
    }

    /// The error of an import that did not come to its end.
    pub(super) fn broken_off(&self, cause: Error) -> Error {
        let ImportCounts { conversations, messages, memories, sessions } = self.imported;
        let message = format!(
            "{cause}; what was imported before stays ({conversations} conversations, {messages} messages, {memories} \
             memories, {sessions} sessions): send all of it again, and the rest is added"
        );
        let error = cause.kind().error(message).with_code(cause.code());
        error.with_retry_after(cause.retry_after()).with_source(cause)
    }
}
