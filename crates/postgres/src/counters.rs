//! Counters that a unit raises, kept in memory and written once before its COMMIT.
//!
//! Everything that a person stores raises the same row, and whoever has changed a row holds it until the end of the
//! transaction: written last, it is held for a moment only, and written in the order of ids, two units never wait for each
//! other. Readers see what is committed, so for them nothing changes; a unit that reads its own counters adds what is
//! pending.

use jarvis_core::{
    id::UserId,
    types::{ConversationStatus, NewMessage, Role, UserGrowth},
};
use std::collections::BTreeMap;
use uuid::Uuid;

use crate::{db::Db, error::Attempt};

/// Microseconds of a quarter of an hour.
const QUARTER: i64 = 900_000_000;

/// A figure for charts, in the order of the table's key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ActivityKey {
    pub(crate) user: Uuid,
    /// Quarters of an hour since 1970.
    pub(crate) quarter: i64,
    pub(crate) role: &'static str,
    /// Empty when no model said it.
    pub(crate) model: String,
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
    users: BTreeMap<Uuid, UserGrowth>,
    activity: BTreeMap<ActivityKey, ActivityGrowth>,
}

/// The counters of the unit that runs.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pending: Pending,
    /// Changes that the unit has told the indexes. They keep their numbers when some are undone.
    changes: i64,
}

impl Counters {
    pub(crate) fn grow_user(&mut self, user: UserId, by: UserGrowth) {
        *self.pending.users.entry(*user.as_uuid()).or_default() += by;
    }

    pub(crate) fn grow_activity(&mut self, key: ActivityKey, by: ActivityGrowth) {
        let growth = self.pending.activity.entry(key).or_default();
        growth.messages += by.messages;
        growth.tokens += by.tokens;
    }

    /// What a person's counters grew by in this unit, for those who read within it.
    pub(crate) fn pending_of(&self, user: UserId) -> UserGrowth {
        self.pending.users.get(user.as_uuid()).copied().unwrap_or_default()
    }

    /// The same of everybody.
    pub(crate) fn pending(&self) -> UserGrowth {
        let mut all = UserGrowth::default();
        self.pending.users.values().for_each(|growth| all += *growth);
        all
    }

    /// Numbers `count` more changes; answers the number before the first.
    pub(crate) fn number_changes(&mut self, count: usize) -> i64 {
        let before = self.changes;
        self.changes += count as i64;
        before
    }

    /// What the unit counted so far, to return to it.
    pub(crate) fn mark(&self) -> Pending {
        self.pending.clone()
    }

    /// Forgets what the unit counted since.
    pub(crate) fn return_to(&mut self, mark: Pending) {
        self.pending = mark;
    }
}

/// Counts conversations into or out of a status.
pub(crate) fn add_conversations(db: &mut Db, user: UserId, status: ConversationStatus, by: i64) {
    db.counters.grow_user(user, UserGrowth::at(db.clock.now()).with_conversations(status, by));
}

/// Counts messages that came (with their tokens) or went (their tokens were used all the same), and what they take.
pub(crate) fn add_messages(db: &mut Db, user: UserId, by: i64, tokens: i64, bytes: i64) {
    db.counters.grow_user(user, UserGrowth { messages: by, tokens, bytes, ..UserGrowth::at(db.clock.now()) });
}

/// Counts memories that came or went, and what they take.
pub(crate) fn add_memories(db: &mut Db, user: UserId, by: i64, bytes: i64) {
    db.counters.grow_user(user, UserGrowth { memories: by, bytes, ..UserGrowth::at(db.clock.now()) });
}

/// Counts what texts take that came, went, or were written anew.
pub(crate) fn add_bytes(db: &mut Db, user: UserId, bytes: i64) {
    db.counters.grow_user(user, UserGrowth { bytes, ..UserGrowth::at(db.clock.now()) });
}

/// Counts a message that came, for charts.
pub(crate) fn add_activity(db: &mut Db, user: UserId, new: &NewMessage) {
    let key = activity_key(user, new.created_at.as_micros().div_euclid(QUARTER), new.role, new.model.as_deref());
    db.counters.grow_activity(key, ActivityGrowth { messages: 1, tokens: i64::from(new.tokens.unwrap_or(0)) });
}

/// The figure that a message counts in.
pub(crate) fn activity_key(user: UserId, quarter: i64, role: Role, model: Option<&str>) -> ActivityKey {
    ActivityKey { user: *user.as_uuid(), quarter, role: role.as_str(), model: model.unwrap_or_default().to_owned() }
}

/// Writes what a unit counted, before its COMMIT.
pub(crate) async fn write(db: &mut Db) -> Attempt<()> {
    let Pending { users, activity } = std::mem::take(&mut db.counters.pending);
    // some units hold their person's row before they end; so it comes first for all
    if !users.is_empty() {
        write_users(db, users).await?;
    }
    if !activity.is_empty() {
        write_activity(db, activity).await?;
    }
    Ok(())
}

async fn write_users(db: &mut Db, users: BTreeMap<Uuid, UserGrowth>) -> Attempt<()> {
    let ids: Vec<Uuid> = users.keys().copied().collect();
    let figure = |of: fn(&UserGrowth) -> i64| users.values().map(of).collect::<Vec<i64>>();
    sqlx::query_file!(
        "sql/stats/grow_users.sql",
        &ids,
        &figure(|growth| growth.open),
        &figure(|growth| growth.archived),
        &figure(|growth| growth.deleted),
        &figure(|growth| growth.messages),
        &figure(|growth| growth.memories),
        &figure(|growth| growth.tokens),
        &figure(|growth| growth.at),
        &figure(|growth| growth.bytes),
    )
    .execute(db.connection())
    .await?;
    Ok(())
}

async fn write_activity(db: &mut Db, activity: BTreeMap<ActivityKey, ActivityGrowth>) -> Attempt<()> {
    let users: Vec<Uuid> = activity.keys().map(|key| key.user).collect();
    let quarters: Vec<i64> = activity.keys().map(|key| key.quarter).collect();
    let roles: Vec<String> = activity.keys().map(|key| key.role.to_owned()).collect();
    let models: Vec<String> = activity.keys().map(|key| key.model.clone()).collect();
    let messages: Vec<i64> = activity.values().map(|growth| growth.messages).collect();
    let tokens: Vec<i64> = activity.values().map(|growth| growth.tokens).collect();
    sqlx::query_file!("sql/activity/grow.sql", &users, &quarters, &roles, &models, &messages, &tokens)
        .execute(db.connection())
        .await?;
    Ok(())
}
