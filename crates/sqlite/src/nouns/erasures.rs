//! Erasing all that a person has, in units of a bounded size.

use async_trait::async_trait;
use jarvis_core::{
    Result, Scope, Timestamp,
    id::{ConversationId, MemoryId, UserId},
    ports::store::{ReadErasures, WriteErasures},
    types::ErasedRows,
};
use rusqlite::params;

use super::{
    audit,
    outbox::{self, Change},
    stats,
};
use crate::{
    counters::Growth,
    db::{Db, id, require_system},
    error::Attempt,
    row,
    run::{On, Run},
    unit::UnitConnection,
};

const REQUEST: &str = include_str!("../../sql/erasures/request.sql");
const PENDING: &str = include_str!("../../sql/erasures/pending.sql");
const FINISH: &str = include_str!("../../sql/erasures/finish.sql");
const MEMORIES: &str = include_str!("../../sql/erasures/memories.sql");
const CONVERSATION: &str = include_str!("../../sql/erasures/conversation.sql");
const GENERATIONS: &str = include_str!("../../sql/erasures/generations.sql");
const DELETE_MESSAGES: &str = include_str!("../../sql/messages/delete_of_conversation.sql");
const DELETE_CONVERSATION: &str = include_str!("../../sql/conversations/delete.sql");
const SESSIONS: &str = include_str!("../../sql/erasures/sessions.sql");
const COLLECTIONS: &str = include_str!("../../sql/erasures/collections.sql");
const IDEMPOTENCY_KEYS: &str = include_str!("../../sql/erasures/idempotency_keys.sql");
const FOREIGN_IDS: &str = include_str!("../../sql/erasures/foreign_ids.sql");
const ACTIVITY: &str = include_str!("../../sql/erasures/activity.sql");
const INVITES: &str = include_str!("../../sql/erasures/invites.sql");
const STATS: &str = include_str!("../../sql/erasures/stats.sql");
const USER: &str = include_str!("../../sql/erasures/user.sql");

/// Rows removed in one unit, about; a conversation goes as a whole.
const AT_ONCE: u64 = 2_000;

/// Rows that refer to others go before these: memories, conversations with their messages, sessions, the rest, the person.
fn remove_some(db: &Db, user: UserId) -> Attempt<Option<ErasedRows>> {
    db.allow_for_rows(AT_ONCE);
    let memories = memories(db, user)?;
    if memories > 0 {
        return Ok(Some(ErasedRows { memories, ..ErasedRows::default() }));
    }
    let removed = conversations(db, user)?;
    if removed != ErasedRows::default() {
        return Ok(Some(removed));
    }
    let sessions = db.execute(SESSIONS, params![id(user.as_uuid()), AT_ONCE as i64])? as u64;
    if sessions > 0 {
        return Ok(Some(ErasedRows { sessions, ..ErasedRows::default() }));
    }
    if audit::erase(db, user, AT_ONCE)? > 0 {
        return Ok(Some(ErasedRows::default()));
    }
    person(db, user)
}

fn memories(db: &Db, user: UserId) -> Attempt<u64> {
    let gone: Vec<MemoryId> =
        db.all(MEMORIES, params![id(user.as_uuid()), AT_ONCE as i64], |row| Ok(row::uuid(row, 0)?.into()))?;
    let changes: Vec<Change> = gone.iter().copied().map(Change::Memory).collect();
    if !changes.is_empty() {
        outbox::add(db, &changes, Growth { memories: -(gone.len() as i64), ..Growth::default() })?;
    }
    Ok(gone.len() as u64)
}

fn conversations(db: &Db, user: UserId) -> Attempt<ErasedRows> {
    let mut removed = ErasedRows::default();
    let mut changes = Vec::new();
    while removed.messages + removed.conversations < AT_ONCE {
        let next = db.first(CONVERSATION, [id(user.as_uuid())], |row| Ok((row::uuid(row, 0)?, row::count(row, 1)?)))?;
        let Some((conversation, messages)) = next else { break };
        db.allow_for_rows(messages);
        removed.generations += db.execute(GENERATIONS, [id(&conversation)])? as u64;
        removed.messages += db.execute(DELETE_MESSAGES, [id(&conversation)])? as u64;
        removed.conversations += db.execute(DELETE_CONVERSATION, [id(&conversation)])? as u64;
        changes.push(Change::ConversationGone(ConversationId::from(conversation)));
    }
    if !changes.is_empty() {
        let shrunk = Growth {
            conversations: -(removed.conversations as i64),
            messages: -(removed.messages as i64),
            ..Growth::default()
        };
        outbox::add(db, &changes, shrunk)?;
    }
    Ok(removed)
}

/// What is left, and the person's own row; none when it is gone already.
fn person(db: &Db, user: UserId) -> Attempt<Option<ErasedRows>> {
    let key = [id(user.as_uuid())];
    db.execute(COLLECTIONS, key)?;
    let removed = ErasedRows {
        idempotency_keys: db.execute(IDEMPOTENCY_KEYS, key)? as u64,
        foreign_ids: db.execute(FOREIGN_IDS, key)? as u64,
        activity: db.execute(ACTIVITY, key)? as u64,
        ..ErasedRows::default()
    };
    db.execute(STATS, key)?;
    // one without a maker would be taken for one of the owner's of the data directory
    db.execute(INVITES, key)?;
    if db.execute(USER, key)? > 0 {
        stats::end_user(db)?;
    } else if removed == ErasedRows::default() {
        return Ok(None);
    }
    Ok(Some(removed))
}

#[async_trait]
impl<R: Run> ReadErasures for On<R> {
    async fn pending(&self, scope: &Scope) -> Result<Vec<UserId>> {
        let scope = *scope;
        self.0
            .ask(move |db| {
                require_system(&scope)?;
                db.all(PENDING, [], |row| Ok(row::uuid(row, 0)?.into()))
            })
            .await
    }
}

#[async_trait]
impl WriteErasures for On<UnitConnection> {
    async fn request(&self, scope: &Scope, user: UserId, at: Timestamp) -> Result<()> {
        self.0.write(|db| {
            require_system(scope)?;
            db.execute(REQUEST, params![id(user.as_uuid()), at.as_micros()]).map(drop)
        })
    }

    async fn remove_some(&self, scope: &Scope, user: UserId) -> Result<Option<ErasedRows>> {
        let removed = self.0.write(|db| {
            require_system(scope)?;
            db.atomic(|db| remove_some(db, user))
        })?;
        if removed.is_some() {
            self.0.note_erased();
        }
        Ok(removed)
    }

    async fn finish(&self, scope: &Scope, user: UserId) -> Result<()> {
        self.0.write(|db| {
            require_system(scope)?;
            db.execute(FINISH, [id(user.as_uuid())]).map(drop)
        })
    }
}
