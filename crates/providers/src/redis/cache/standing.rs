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

#[derive(Debug, Default)]
struct State {
    up: bool,
    /// Counts how often it came up: what was asked in one round is not believed in the next.
    round: u64,
    owed: Debts,
    last: Option<Error>,
}

impl Standing {
    /// The present round, while Redis may be used.
    pub(super) fn round(&self) -> Option<u64> {
        let state = self.state();
        state.up.then_some(state.round)
    }

    /// What went wrong last, while Redis may not be used.
    pub(super) fn trouble(&self) -> Option<Error> {
        let state = self.state();
        if state.up { None } else { state.last.clone() }
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
        let was_up = state.up;
        state.owed.add([debt]);
        state.fall(why);
        drop(state);
        // who is down is being looked after
        if was_up {
            self.fallen.notify_one();
        }
    }

    /// What is owed, to be paid now.
    pub(super) fn take_debts(&self) -> Debts {
        mem::take(&mut self.state().owed)
    }

    /// It could not be paid.
    pub(super) fn put_back(&self, debts: Debts) {
        let mut state = self.state();
        state.owed.everything |= debts.everything;
        state.owed.add(debts.each);
    }

    /// Redis may be used, unless something came to be owed meanwhile. Both are looked at under one lock, so no debt is
    /// made between.
    pub(super) fn rise(&self) -> bool {
        let mut state = self.state();
        if state.owed.everything || !state.owed.each.is_empty() {
            return false;
        }
        state.up = true;
        state.round += 1;
        true
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn fall(&mut self, why: Option<Error>) {
        self.up = false;
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
        assert!(standing.round().is_none() && standing.rise());
        let round = standing.round().unwrap();
        standing.owe(Debt::Key("a".to_owned()), None);
        assert!(standing.round().is_none() && !standing.rise());
        let debts = standing.take_debts();
        standing.owe(Debt::Tag("b".to_owned()), None);
        standing.put_back(debts);
        assert_eq!(standing.take_debts().each.len(), 2);
        assert!(standing.rise());
        assert_ne!(standing.round().unwrap(), round);
    }

    #[test]
    fn too_much_to_remember_is_everything() {
        let standing = Standing::default();
        for number in 0..=DEBTS {
            standing.owe(Debt::Key(number.to_string()), None);
        }
        let debts = standing.take_debts();
        assert!(debts.everything && debts.each.is_empty());
        standing.put_back(debts);
        assert!(!standing.rise());
    }
}
