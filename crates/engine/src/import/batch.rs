use std::collections::VecDeque;

use super::{
    item::{Item, Reason},
    report::Place,
};

/// Lines of one unit of work at most.
const MAX_LINES: usize = 250;
/// Bytes of one unit of work, about: a unit has a second.
const MAX_BYTES: usize = 1024 * 1024;

/// Lines that are stored together.
#[derive(Debug, Default)]
pub(super) struct Batch {
    entries: VecDeque<Entry>,
    bytes: usize,
}

/// One line, or a part of a foreign conversation, on its way into the store.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) place: Place,
    /// What it stands for, or why it is refused.
    pub(super) item: Result<Item, Reason>,
    /// A message's foreign id in the store; empty for all else.
    pub(super) key: String,
}

impl Entry {
    fn is_conversation(&self) -> bool {
        matches!(self.item, Ok(Item::Conversation(_)))
    }
}

impl Batch {
    pub(super) fn push(&mut self, entry: Entry, bytes: usize) {
        self.entries.push_back(entry);
        self.bytes += bytes;
    }

    pub(super) fn is_full(&self) -> bool {
        self.entries.len() >= MAX_LINES || self.bytes >= MAX_BYTES
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What is stored next. Conversations at the end wait for the messages behind them, from which they may get their
    /// title and time.
    pub(super) fn take(&mut self) -> VecDeque<Entry> {
        let waiting = self.entries.iter().rev().take_while(|entry| entry.is_conversation()).count();
        let mut ready = std::mem::take(&mut self.entries);
        if waiting < ready.len() {
            self.entries = ready.split_off(ready.len() - waiting);
        }
        self.bytes = 0;
        ready
    }
}
