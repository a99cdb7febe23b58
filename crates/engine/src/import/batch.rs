use std::{collections::VecDeque, time::Duration};

use super::{
    item::{Item, Reason},
    report::Place,
};

/// Lines of one unit of work at most.
const MAX_LINES: usize = 250;
/// Bytes of one unit of work, about.
const MAX_BYTES: usize = 1024 * 1024;
/// A unit has a second. One that takes so long is followed by one of half the size, so that a slow or busy machine needs longer
/// and is not too late.
const LONG: Duration = Duration::from_millis(300);
/// One that takes no longer is followed by one of twice the size.
const SHORT: Duration = Duration::from_millis(75);
/// Halvings at most.
const MAX_HALVINGS: u32 = 6;

/// Lines that are stored together.
#[derive(Debug, Default)]
pub(super) struct Batch {
    entries: VecDeque<Entry>,
    bytes: usize,
    /// How often its size is halved.
    halvings: u32,
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
        self.entries.len() >= MAX_LINES >> self.halvings || self.bytes >= MAX_BYTES >> self.halvings
    }

    /// What was taken last needed so long.
    pub(super) fn took(&mut self, time: Duration) {
        if time >= LONG {
            self.halvings = MAX_HALVINGS.min(self.halvings + 1);
        } else if time <= SHORT {
            self.halvings = self.halvings.saturating_sub(1);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of_one(batch: &mut Batch) -> usize {
        while !batch.is_full() {
            let place = Place { line: 1, path: None };
            batch.push(Entry { place, item: Err("no item".into()), key: String::new() }, 10);
        }
        batch.take().len()
    }

    #[test]
    fn what_takes_long_is_followed_by_less_until_it_goes_fast_again() {
        let mut batch = Batch::default();
        let mut after = |millis: &[u64]| {
            for millis in millis {
                batch.took(Duration::from_millis(*millis));
            }
            lines_of_one(&mut batch)
        };
        assert_eq!([after(&[]), after(&[200]), after(&[300]), after(&[950, 200])], [250, 250, 125, 62]);
        assert_eq!([after(&[900; 20]), after(&[75]), after(&[10; 20])], [3, 7, 250]);
    }
}
