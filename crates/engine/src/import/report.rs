use std::{borrow::Cow, collections::BTreeMap};

use jarvis_core::{
    Error,
    types::{ForeignKind, LiveChange},
};

use super::{ImportFormat, item::Reason};

/// Skipped lines that a report names; more are only counted.
const MAX_SKIPPED: usize = 1_000;
/// Kinds of things left out that a report names.
const MAX_LEFT_OUT: usize = 100;

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// What it was; none when there was nothing in it.
    pub format: Option<ImportFormat>,
    /// Lines read, blank ones included, or elements of an export.
    pub lines: u64,
    /// What is new.
    pub imported: ImportCounts,
    /// What an earlier import had made, or the file holds twice.
    pub existing: ImportCounts,
    /// The first thousand lines, or parts of an export, that could not be taken, in their order.
    pub skipped: Vec<SkippedLine>,
    /// All that could not be taken.
    pub skipped_total: u64,
    /// What was not to be taken: what a program keeps beside what was said.
    pub left_out: Vec<LeftOut>,
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

/// Something that could not be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedLine {
    /// The line, or the element of an export, from 1; 0 for a file as a whole.
    pub line: u64,
    /// Where in an export; none for a line.
    pub path: Option<String>,
    /// Why, for a person.
    pub reason: String,
}

/// Something of an export that is no part of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// What, for a person.
    pub what: String,
    /// How many.
    pub count: u64,
}

/// Where something stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// The line or element, from 1.
    pub(super) line: u64,
    /// Where in an export.
    pub(super) path: Option<String>,
}

/// What became of a batch.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) imported: ImportCounts,
    pub(super) existing: ImportCounts,
    skipped: Vec<(Place, Reason)>,
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
    pub(super) fn skip(&mut self, place: Place, reason: Reason) {
        self.skipped.push((place, reason));
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
        for (place, reason) in outcome.skipped {
            self.skip(place, reason);
        }
    }

    pub(super) fn skip(&mut self, place: Place, reason: Reason) {
        self.skipped_total += 1;
        if self.skipped.len() < MAX_SKIPPED {
            let Place { line, path } = place;
            self.skipped.push(SkippedLine { line, path, reason: reason.into_owned() });
        }
    }

    pub(super) fn leave(&mut self, found: BTreeMap<&'static str, u64>) {
        for (what, count) in found {
            self.leave_some(what.into(), count);
        }
    }

    pub(super) fn leave_some(&mut self, what: Cow<'_, str>, count: u64) {
        if let Some(known) = self.left_out.iter_mut().find(|known| known.what == what) {
            known.count += count;
        } else if self.left_out.len() < MAX_LEFT_OUT {
            self.left_out.push(LeftOut { what: what.into_owned(), count });
        }
    }

    /// The error of an import that did not come to its end.
    pub(super) fn broken_off(&self, cause: Error) -> Error {
        if self.imported.total() + self.existing.total() == 0 {
            return cause;
        }
        let ImportCounts { conversations, messages, memories, sessions } = self.imported;
        let message = format!(
            "{cause}; what was imported before stays ({conversations} conversations, {messages} messages, {memories} \
             memories, {sessions} sessions): send all of it again, and the rest is added"
        );
        let error = cause.kind().error(message).with_code(cause.code());
        error.with_retry_after(cause.retry_after()).with_source(cause)
    }
}
