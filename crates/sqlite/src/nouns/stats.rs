use async_trait::async_trait;
use jarvis_core::{
    Result, Scope,
    id::UserId,
    ports::store::ReadStats,
    types::{ConversationStatus, StoreTotals, UserStats},
};
use rusqlite::params;
use std::{ffi::OsString, fs, path::Path};

use crate::{
    db::{Db, id, require_system},
    error::Attempt,
    row,
    run::{On, Run},
};

const USER: &str = include_str!("../../sql/stats/user.sql");
const TOTALS: &str = include_str!("../../sql/stats/totals.sql");
const BEGIN_USER: &str = include_str!("../../sql/stats/begin_user.sql");
const ADD_USER: &str = include_str!("../../sql/stats/add_user.sql");
const ADD_CONVERSATIONS: &str = include_str!("../../sql/stats/add_conversations.sql");
const ADD_MESSAGES: &str = include_str!("../../sql/stats/add_messages.sql");
const ADD_MEMORIES: &str = include_str!("../../sql/stats/add_memories.sql");
const IN_STATUS: &str = include_str!("../../sql/stats/conversations_in_status.sql");
const GROW: &str = include_str!("../../sql/stats/grow.sql");

/// By how much the whole store grew, and how many changes its indexes must hear of.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Growth {
    pub(crate) conversations: i64,
    pub(crate) messages: i64,
    pub(crate) memories: i64,
    pub(crate) changes: i64,
}

/// Counts a growth of the store. Answers the number of the last change before those of this growth.
pub(crate) fn grow(db: &Db, by: Growth) -> Attempt<i64> {
    let params = params![by.conversations, by.messages, by.memories, by.changes];
    let newest = db.first(GROW, params, |row| Ok(row.get::<_, i64>(0)?))?.unwrap_or(0);
    Ok(newest - by.changes)
}

/// Begins the counters of a new user.
pub(crate) fn begin_user(db: &Db, user: UserId) -> Attempt<()> {
    db.execute(BEGIN_USER, [id(user.as_uuid())])?;
    db.execute(ADD_USER, [])?;
    Ok(())
}

/// Counts conversations into or out of a status.
pub(crate) fn add_conversations(db: &Db, user: UserId, status: ConversationStatus, by: i64) -> Attempt<()> {
    let in_status = |this| if status == this { by } else { 0 };
    db.execute(
        ADD_CONVERSATIONS,
        params![
            id(user.as_uuid()),
            in_status(ConversationStatus::Open),
            in_status(ConversationStatus::Archived),
            in_status(ConversationStatus::Deleted),
            db.clock.now().as_micros()
        ],
    )?;
    Ok(())
}

/// Counts messages that came (with their tokens) or went (their tokens were used all the same).
pub(crate) fn add_messages(db: &Db, user: UserId, by: i64, tokens: i64) -> Attempt<()> {
    db.execute(ADD_MESSAGES, params![id(user.as_uuid()), by, tokens, db.clock.now().as_micros()])?;
    Ok(())
}

/// Counts memories that came or went.
pub(crate) fn add_memories(db: &Db, user: UserId, by: i64) -> Attempt<()> {
    db.execute(ADD_MEMORIES, params![id(user.as_uuid()), by, db.clock.now().as_micros()])?;
    Ok(())
}

/// The length of a user's list of conversations in a status.
pub(crate) fn conversations_in_status(db: &Db, user: UserId, status: &str) -> Attempt<u64> {
    db.number(IN_STATUS, params![id(user.as_uuid()), status])
}

fn user(db: &Db, user_id: UserId) -> Attempt<UserStats> {
    let stats = db.first(USER, [id(user_id.as_uuid())], |row| {
        Ok(UserStats {
            user_id,
            conversations: row::count(row, 0)?,
            messages: row::count(row, 1)?,
            memories: row::count(row, 2)?,
            tokens: row::count(row, 3)?,
            updated_at: row::time_opt(row, 4)?,
        })
    })?;
    let none = UserStats { user_id, conversations: 0, messages: 0, memories: 0, tokens: 0, updated_at: None };
    Ok(stats.unwrap_or(none))
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
    Ok(totals.unwrap_or_default())
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
