//! Counters that the units of a group raise, kept in memory and written once before the COMMIT instead of by every unit.
//!
//! Readers see what is committed, so for them nothing changes; a unit that reads its own counters adds what is pending.

use jarvis_core::{
    id::UserId,
    types::{Role, UserGrowth},
};
use std::{cell::RefCell, collections::HashMap, ops::AddAssign};

/// By how much the whole store grew, and how many changes its indexes must hear of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Growth {
    pub(crate) conversations: i64,
    pub(crate) messages: i64,
    pub(crate) memories: i64,
    pub(crate) changes: i64,
}

impl AddAssign for Growth {
    fn add_assign(&mut self, by: Self) {
        self.conversations += by.conversations;
        self.messages += by.messages;
        self.memories += by.memories;
        self.changes += by.changes;
    }
}

/// A figure for charts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ActivityKey {
    pub(crate) user: UserId,
    /// Quarters of an hour since 1970.
    pub(crate) quarter: i64,
    pub(crate) role: Role,
    pub(crate) model: Option<String>,
}

/// By how much it grew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ActivityGrowth {
    pub(crate) messages: i64,
    pub(crate) tokens: i64,
}

/// What was counted and is not written yet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pending {
    pub(crate) store: Growth,
    pub(crate) users: Vec<(UserId, UserGrowth)>,
    pub(crate) activity: HashMap<ActivityKey, ActivityGrowth>,
}

impl Pending {
    fn add_activity(&mut self, key: ActivityKey, by: ActivityGrowth) {
        let growth = self.activity.entry(key).or_default();
        growth.messages += by.messages;
        growth.tokens += by.tokens;
    }

    fn add_user(&mut self, user: UserId, by: UserGrowth) {
        // a group has few people, mostly one
        match self.users.iter_mut().find(|(known, _)| *known == user) {
            Some((_, growth)) => *growth += by,
            None => self.users.push((user, by)),
        }
    }

    fn of(&self, user: UserId) -> UserGrowth {
        self.users.iter().find(|(known, _)| *known == user).map(|(_, growth)| *growth).unwrap_or_default()
    }
}

/// The counters of the group and, apart because it may be rolled back, of the unit that runs.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    state: RefCell<State>,
}

#[derive(Debug, Default)]
struct State {
    group: Pending,
    unit: Pending,
    /// The number of the newest change as stored, once it was read.
    stored_change: Option<i64>,
}

impl Counters {
    pub(crate) fn grow(&self, by: Growth) {
        self.state.borrow_mut().unit.store += by;
    }

    pub(crate) fn grow_user(&self, user: UserId, by: UserGrowth) {
        self.state.borrow_mut().unit.add_user(user, by);
    }

    pub(crate) fn grow_activity(&self, key: ActivityKey, by: ActivityGrowth) {
        self.state.borrow_mut().unit.add_activity(key, by);
    }

    /// What the whole store grew by since the last COMMIT, for those who read within a unit.
    pub(crate) fn pending(&self) -> Growth {
        let state = self.state.borrow();
        let mut pending = state.group.store;
        pending += state.unit.store;
        pending
    }

    /// The same of one person.
    pub(crate) fn pending_of(&self, user: UserId) -> UserGrowth {
        let state = self.state.borrow();
        let mut pending = state.group.of(user);
        pending += state.unit.of(user);
        pending
    }

    /// What the unit that runs made one person's grow by.
    pub(crate) fn unit_of(&self, user: UserId) -> UserGrowth {
        self.state.borrow().unit.of(user)
    }

    /// The number of the newest change that is written, if it is known.
    pub(crate) fn stored_change(&self) -> Option<i64> {
        self.state.borrow().stored_change
    }

    pub(crate) fn set_stored_change(&self, number: i64) {
        self.state.borrow_mut().stored_change = Some(number);
    }

    /// What the unit counted so far, to return to it.
    pub(crate) fn mark(&self) -> Pending {
        self.state.borrow().unit.clone()
    }

    /// Forgets what the unit counted since.
    pub(crate) fn return_to(&self, mark: Pending) {
        self.state.borrow_mut().unit = mark;
    }

    /// The unit's savepoint was released: its counters are the group's.
    pub(crate) fn keep_unit(&self) {
        let mut state = self.state.borrow_mut();
        let unit = std::mem::take(&mut state.unit);
        state.group.store += unit.store;
        for (user, growth) in unit.users {
            state.group.add_user(user, growth);
        }
        for (key, growth) in unit.activity {
            state.group.add_activity(key, growth);
        }
    }

    /// A unit begins: what one that was rolled back counted is forgotten.
    pub(crate) fn drop_unit(&self) {
        self.state.borrow_mut().unit = Pending::default();
    }

    /// What must be written before the COMMIT; the group begins anew.
    pub(crate) fn take_group(&self) -> Pending {
        std::mem::take(&mut self.state.borrow_mut().group)
    }

    /// The group was rolled back: nothing of it counts, and what was known of the stored numbers may be wrong.
    pub(crate) fn drop_group(&self) {
        *self.state.borrow_mut() = State::default();
    }
}
