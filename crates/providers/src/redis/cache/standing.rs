//! Whether Redis may be used, and what it has yet to be told.

use std::{
    collections::HashSet,
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

use jarvis_core::Error;
use tokio::sync::Notify;

/// Invalidations that are remembered one by one; with more, everything is removed instead.
const DEBTS: usize = 4_096;

/// Something that Redis may hold and that must not be served any more.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Debt {
    Key(String),
    Tag(String),
    Pattern(String),
}

/// What Redis could not be told.
#[derive(Debug, Default)]
pub(super) struct Debts {
    /// All of it, for there was more than is remembered.
    pub(super) everything: bool,
    pub(super) each: HashSet<Debt>,
}

/// Down at first: nothing is served before it was looked whose cache this is.
#[derive(Debug, Default)]
pub(super) struct Standing {
    state: Mutex<State>,
    /// Told when it goes down.
    pub(super) fallen: Notify,
}

/// Down at first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    /// Redis is told nothing and asked nothing; what it should have been told is owed.
    #[default]
    Down,
    /// It is told what changes from now on, while it is told what is owed: however much is written meanwhile, that comes
    /// to an end. It is asked nothing.
    Rising,
    Up,
}

#[derive(Debug, Default)]
struct State {
    stage: Stage,
    /// Counts how often it began to rise: what was asked in one round is not believed in the next.
    round: u64,
    owed: Debts,
    last: Option<Error>,
}

impl Standing {
    /// The present round, while Redis may be used.
    pub(super) fn round(&self) -> Option<u64> {
        let state = self.state();
        (state.stage == Stage::Up).then_some(state.round)
    }

    /// The present round, while Redis may at least be told what changes.
    pub(super) fn round_of_changes(&self) -> Option<u64> {
        let state = self.state();
        (state.stage != Stage::Down).then_some(state.round)
    }

    /// What went wrong last, while Redis may not be used.
    pub(super) fn trouble(&self) -> Option<Error> {
        let state = self.state();
        if state.stage == Stage::Up { None } else { state.last.clone() }
    }

    /// Redis may not be used until [`Standing::rise`].
    pub(super) fn fall(&self, why: Option<Error>) {
        self.state().fall(why);
        self.fallen.notify_one();
    }

    /// Why it still is down.
    pub(super) fn blame(&self, why: Error) {
        self.state().last = Some(why);
    }

    /// As [`Standing::fall`], and it has this to be told first.
    pub(super) fn owe(&self, debt: Debt, why: Option<Error>) {
        let mut state = self.state();
        let was_down = state.stage == Stage::Down;
        state.owed.add([debt]);
        state.fall(why);
        drop(state);
        // who is down is being looked after
        if !was_down {
            self.fallen.notify_one();
        }
    }

    /// What is owed, to be paid now; whatever changes from then on is told at once.
    pub(super) fn begin_to_rise(&self) -> Debts {
        let mut state = self.state();
        state.stage = Stage::Rising;
        state.round += 1;
        mem::take(&mut state.owed)
    }

    /// It could not be paid.
    pub(super) fn put_back(&self, debts: Debts) {
        let mut state = self.state();
        state.stage = Stage::Down;
        state.owed.everything |= debts.everything;
        state.owed.add(debts.each);
    }

    /// Redis may be used, unless it fell meanwhile.
    pub(super) fn rise(&self) -> bool {
        let mut state = self.state();
        if state.stage == Stage::Rising {
            state.stage = Stage::Up;
        }
        state.stage == Stage::Up
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn fall(&mut self, why: Option<Error>) {
        self.stage = Stage::Down;
        self.last = why.or_else(|| self.last.take());
    }
}

impl Debts {
    fn add(&mut self, debts: impl IntoIterator<Item = Debt>) {
        if self.everything {
            return;
        }
        self.each.extend(debts);
        if self.each.len() > DEBTS {
            *self = Self { everything: true, each: HashSet::new() };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rises_only_when_nothing_is_owed() {
        let standing = Standing::default();
        assert!(standing.round_of_changes().is_none() && !standing.rise());
        assert!(standing.begin_to_rise().each.is_empty() && standing.rise());
        let round = standing.round().unwrap();
        standing.owe(Debt::Key("a".to_owned()), None);
        assert!(standing.round().is_none() && !standing.rise());
        let debts = standing.begin_to_rise();
        standing.owe(Debt::Tag("b".to_owned()), None);
        assert!(!standing.rise(), "something could not be told meanwhile");
        standing.put_back(debts);
        assert_eq!(standing.begin_to_rise().each.len(), 2);
        assert!(standing.round().is_none() && standing.round_of_changes().is_some());
        assert!(standing.rise());
        assert_ne!(standing.round().unwrap(), round);
    }

    #[test]
    fn too_much_to_remember_is_everything() {
        let standing = Standing::default();
        for number in 0..=DEBTS {
            standing.owe(Debt::Key(number.to_string()), None);
        }
        let debts = standing.begin_to_rise();
        assert!(debts.everything && debts.each.is_empty());
        standing.put_back(debts);
        assert!(!standing.rise());
    }
}
