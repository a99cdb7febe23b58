use async_trait::async_trait;
use jarvis_core::{
    Result, Scope,
    id::UserId,
    ports::store::{ReadStats, WriteStats},
    types::{Activity, ActivityQuery, ConversationStatus, StoreTotals, UserGrowth, UserStats},
};
use rusqlite::params;
use std::{ffi::OsString, fs, path::Path};

use super::{activity, conversations};
use crate::{
    counters::{Growth, Pending},
    db::{Db, id, require_system},
    error::Attempt,
    row,
    run::{On, Run},
    unit::UnitConnection,
};

const USER: &str = include_str!("../../sql/stats/user.sql");
const TOTALS: &str = include_str!("../../sql/stats/totals.sql");
const BEGIN_USER: &str = include_str!("../../sql/stats/begin_user.sql");
const ADD_USER: &str = include_str!("../../sql/stats/add_user.sql");
const REMOVE_USER: &str = include_str!("../../sql/stats/remove_user.sql");
const IN_STATUS: &str = include_str!("../../sql/stats/conversations_in_status.sql");
const GROW: &str = include_str!("../../sql/stats/grow.sql");
const GROW_USER: &str = include_str!("../../sql/stats/grow_user.sql");
const RECOUNT_BYTES: &str = include_str!("../../sql/stats/recount_bytes.sql");
const ROWS: &str = include_str!("../../sql/stats/rows.sql");
const NEWEST_CHANGE: &str = include_str!("../../sql/outbox/newest.sql");

/// Counts a growth of the store. Answers the number of the last change before those of this growth.
pub(crate) fn grow(db: &Db, by: Growth) -> Attempt<i64> {
    let stored = match db.counters.stored_change() {
        Some(stored) => stored,
        None => db.first(NEWEST_CHANGE, [], |row| Ok(row.get(0)?))?.unwrap_or(0),
    };
    db.counters.set_stored_change(stored);
    let newest = stored + db.counters.pending().changes;
    db.counters.grow(by);
    Ok(newest)
}

/// Begins the counters of a new user.
pub(crate) fn begin_user(db: &Db, user: UserId) -> Attempt<()> {
    db.execute(BEGIN_USER, [id(user.as_uuid())])?;
    db.execute(ADD_USER, [])?;
    Ok(())
}

/// A user's counters went with them.
pub(crate) fn end_user(db: &Db) -> Attempt<()> {
    db.execute(REMOVE_USER, []).map(drop)
}

/// Counts conversations into or out of a status.
pub(crate) fn add_conversations(db: &Db, user: UserId, status: ConversationStatus, by: i64) {
    db.counters.grow_user(user, UserGrowth::at(db.clock.now()).with_conversations(status, by));
}

/// Counts messages that came (with their tokens) or went (their tokens were used all the same), and what they take.
pub(crate) fn add_messages(db: &Db, user: UserId, by: i64, tokens: i64, bytes: i64) {
    db.counters.grow_user(user, UserGrowth { messages: by, tokens, bytes, ..UserGrowth::at(db.clock.now()) });
}

/// Counts memories that came or went, and what they take.
pub(crate) fn add_memories(db: &Db, user: UserId, by: i64, bytes: i64) {
    db.counters.grow_user(user, UserGrowth { memories: by, bytes, ..UserGrowth::at(db.clock.now()) });
}

/// Counts what texts take that came, went, or were written anew.
pub(crate) fn add_bytes(db: &Db, user: UserId, bytes: i64) {
    db.counters.grow_user(user, UserGrowth { bytes, ..UserGrowth::at(db.clock.now()) });
}

/// Counts anew what everybody's texts take.
pub(crate) fn recount_bytes(db: &Db) -> Attempt<()> {
    let rows = db.number(ROWS, [])?;
    db.allow_for_rows(rows);
    db.execute(RECOUNT_BYTES, []).map(drop)
}

/// Writes what a group counted, before its COMMIT.
pub(crate) fn write_counters(db: &Db) -> Attempt<()> {
    let Pending { store, users, activity } = db.counters.take_group();
    if store != Growth::default() {
        db.execute(GROW, params![store.conversations, store.messages, store.memories, store.changes])?;
        if let Some(stored) = db.counters.stored_change() {
            db.counters.set_stored_change(stored + store.changes);
        }
    }
    for (user, by) in users {
        let user = id(user.as_uuid());
        db.execute(
            GROW_USER,
            params![user, by.open, by.archived, by.deleted, by.messages, by.memories, by.tokens, by.at, by.bytes],
        )?;
    }
    activity::write(db, activity)
}

/// The length of a user's list of conversations in a status.
pub(crate) fn conversations_in_status(db: &Db, user: UserId, status: ConversationStatus) -> Attempt<u64> {
    let stored = db.number(IN_STATUS, params![id(user.as_uuid()), row::name(&conversations::STATUSES, status)])?;
    let pending = db.counters.pending_of(user);
    Ok(stored.saturating_add_signed(pending.conversations_in(status)))
}

fn user(db: &Db, user_id: UserId) -> Attempt<UserStats> {
    let stats = db.first(USER, [id(user_id.as_uuid())], |row| {
        Ok(UserStats {
            user_id,
            conversations: row::count(row, 0)?,
            messages: row::count(row, 1)?,
            memories: row::count(row, 2)?,
            tokens: row::count(row, 3)?,
            bytes: row::count(row, 4)?,
            updated_at: row::time_opt(row, 5)?,
        })
    })?;
    let stats = stats.unwrap_or_else(|| UserStats::none(user_id));
    Ok(stats.grown(db.counters.pending_of(user_id)))
}

fn totals(db: &Db) -> Attempt<StoreTotals> {
    let bytes = size(&db.path) + size(wal_of(&db.path));
    let totals = db.first(TOTALS, [], |row| {
        Ok(StoreTotals {
            users: row::count(row, 0)?,
            conversations: row::count(row, 1)?,
            messages: row::count(row, 2)?,
            memories: row::count(row, 3)?,
            bytes,
        })
    })?;
    let mut totals = totals.unwrap_or_default();
    let pending = db.counters.pending();
    totals.conversations = totals.conversations.saturating_add_signed(pending.conversations);
    totals.messages = totals.messages.saturating_add_signed(pending.messages);
    totals.memories = totals.memories.saturating_add_signed(pending.memories);
    Ok(totals)
}

/// Bytes of a file; a log that is not there has none.
fn size(path: impl AsRef<Path>) -> u64 {
    fs::metadata(path).map_or(0, |meta| meta.len())
}

fn wal_of(path: &Path) -> OsString {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name
}

#[async_trait]
impl<R: Run> ReadStats for On<R> {
    async fn user(&self, scope: &Scope) -> Result<UserStats> {
        let user_id = scope.user();
        self.0.ask(move |db| user(db, user_id)).await
    }

    async fn activity(&self, scope: &Scope, query: &ActivityQuery) -> Result<Activity> {
        let (user, query) = (scope.user(), *query);
        self.0.ask(move |db| db.snapshot(|db| activity::read(db, user, &query))).await
    }

    async fn totals(&self, scope: &Scope) -> Result<StoreTotals> {
        let scope = *scope;
        self.0
            .ask(move |db| {
                require_system(&scope)?;
                totals(db)
            })
            .await
    }
}

#[async_trait]
impl WriteStats for On<UnitConnection> {
    // there is one writer, so nobody else writes before the unit ends
    async fn hold(&self, scope: &Scope) -> Result<(UserStats, UserGrowth)> {
        let user_id = scope.user();
        self.0.write(|db| Ok((user(db, user_id)?, db.counters.unit_of(user_id))))
    }
}
