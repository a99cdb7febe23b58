use async_trait::async_trait;
use jarvis_core::{
    ErrorKind, Result, Scope,
    id::{ConversationId, MemoryId, MessageId},
    ports::store::{IndexPosition, ReadOutbox, WriteOutbox},
    types::{DocKind, DocRef, IndexChange, IndexDocument, OutboxEntry, OutboxSeq, RECALL_MODEL, Role},
};
use rusqlite::{Row, params};
use std::time::Duration;
use uuid::Uuid;

use super::stats;
use crate::{
    counters::Growth,
    db::{Db, column, id, require_system},
    error::Attempt,
    row,
    run::{On, Run},
    unit::UnitConnection,
};

const INSERT: &str = include_str!("../../sql/outbox/insert.sql");
const INSERT_MESSAGES: &str = include_str!("../../sql/outbox/insert_conversation_messages.sql");
const AFTER: &str = include_str!("../../sql/outbox/after.sql");
const NEWEST: &str = include_str!("../../sql/outbox/newest.sql");
const COUNT_AFTER: &str = include_str!("../../sql/outbox/count_after.sql");
const PRUNED: &str = include_str!("../../sql/outbox/pruned.sql");
const SNAPSHOT_MESSAGES: &str = include_str!("../../sql/outbox/snapshot_messages.sql");
const SNAPSHOT_MEMORIES: &str = include_str!("../../sql/outbox/snapshot_memories.sql");
const NOTE_POSITION: &str = include_str!("../../sql/outbox/note_position.sql");
const SLOWEST_POSITION: &str = include_str!("../../sql/outbox/slowest_position.sql");
const REMOVE_PASSED: &str = include_str!("../../sql/outbox/remove_passed.sql");
const NOTE_PRUNED: &str = include_str!("../../sql/outbox/note_pruned.sql");

/// How the kinds of change are stored; `sql/outbox/after.sql` and `insert_conversation_messages.sql` name them too.
const MESSAGE: i64 = 1;
const MEMORY: i64 = 2;
const CONVERSATION: i64 = 3;

/// Entries answered or removed at once at most.
const MAX_ENTRIES: u32 = 10_000;

/// An index that has not been heard of for this long no longer holds entries back; it rebuilds when it comes again.
const HEARD_WITHIN: Duration = Duration::from_hours(24);

/// What the indexes must look at again.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    /// A message came.
    Message(MessageId),
    /// A memory came, changed or went.
    Memory(MemoryId),
    /// A conversation went, into the bin or for good.
    ConversationGone(ConversationId),
}

/// Tells the indexes, and counts the growth of the store that goes with it: both are in one row.
pub(crate) fn add(db: &Db, changes: &[Change], growth: Growth) -> Attempt<()> {
    let mut seq = stats::grow(db, Growth { changes: changes.len() as i64, ..growth })?;
    let mut statement = db.statement(INSERT)?;
    for change in changes {
        seq += 1;
        let (kind, entity) = match change {
            Change::Message(message) => (MESSAGE, message.as_uuid()),
            Change::Memory(memory) => (MEMORY, memory.as_uuid()),
            Change::ConversationGone(conversation) => (CONVERSATION, conversation.as_uuid()),
        };
        statement.execute(params![seq, kind, id(entity)])?;
    }
    Ok(())
}

/// Tells the indexes of every message of a conversation that came back.
pub(crate) fn add_messages_of(db: &Db, conversation: ConversationId, messages: u64) -> Attempt<()> {
    let seq = stats::grow(db, Growth { changes: messages as i64, ..Growth::default() })?;
    db.execute(INSERT_MESSAGES, params![id(conversation.as_uuid()), seq])?;
    Ok(())
}

fn after(db: &Db, position: OutboxSeq, limit: u32) -> Attempt<Vec<OutboxEntry>> {
    let position = i64::try_from(position).unwrap_or(i64::MAX);
    db.all(AFTER, params![position, limit.min(MAX_ENTRIES)], |row| {
        Ok(OutboxEntry { seq: row::count(row, 0)?, change: change(db, row)? })
    })
}

/// The change an entry stands for, made from the rows joined to it.
fn change(db: &Db, row: &Row<'_>) -> Attempt<IndexChange> {
    let entity = row::uuid(row, 2)?;
    match row.get::<_, i64>(1)? {
        MESSAGE => {
            let doc = DocRef { kind: DocKind::Message, id: entity };
            let hidden =
                row.get_ref(9)?.as_str_or_null().map_err(rusqlite::Error::from)?.is_none_or(|s| s == "deleted");
            if hidden {
                return Ok(IndexChange::Delete(doc));
            }
            message(db, doc, row, 3).map(IndexChange::Upsert)
        }
        MEMORY => {
            let doc = DocRef { kind: DocKind::Memory, id: entity };
            let gone = row::uuid_opt(row, 10)?.is_none();
            if gone || row::uuid_opt(row, 13)?.is_some() {
                return Ok(IndexChange::Delete(doc));
            }
            memory(db, doc, row, 10).map(IndexChange::Upsert)
        }
        CONVERSATION => Ok(IndexChange::DeleteConversation(entity.into())),
        _ => Err(ErrorKind::Corrupt
            .error("the outbox holds a kind of change that was never written; run `jarvis reindex`")
            .into()),
    }
}

/// A message from the columns user, conversation, role, model, time, content, which begin at `first`.
fn message(db: &Db, doc: DocRef, row: &Row<'_>, first: usize) -> Attempt<IndexDocument> {
    let role = row::word(row, first + 2, Role::parse)?;
    let model = row.get_ref(first + 3)?.as_str_or_null().map_err(rusqlite::Error::from)?;
    Ok(IndexDocument {
        doc,
        user_id: row::uuid(row, first)?.into(),
        conversation_id: Some(row::uuid(row, first + 1)?.into()),
        role: Some(role),
        recallable: !(role == Role::Assistant && model == Some(RECALL_MODEL)),
        created_at: row::time(row, first + 4)?,
        text: db.open(row, first + 5, column::MESSAGE_CONTENT)?,
    })
}

/// A memory from the columns user, time, content, which begin at `first`.
fn memory(db: &Db, doc: DocRef, row: &Row<'_>, first: usize) -> Attempt<IndexDocument> {
    Ok(IndexDocument {
        doc,
        user_id: row::uuid(row, first)?.into(),
        conversation_id: None,
        role: None,
        recallable: true,
        created_at: row::time(row, first + 1)?,
        text: db.open(row, first + 2, column::MEMORY_CONTENT)?,
    })
}

fn newest(db: &Db) -> Attempt<OutboxSeq> {
    Ok(db.number(NEWEST, [])?.saturating_add_signed(db.counters.pending().changes))
}

fn bounds(db: &Db) -> Attempt<(OutboxSeq, OutboxSeq)> {
    Ok((db.number(PRUNED, [])? + 1, newest(db)?))
}

/// Those that are gone are counted by their numbers: only among those taken over from another store there are gaps.
fn outstanding(db: &Db, position: OutboxSeq) -> Attempt<u64> {
    let gone = db.number(PRUNED, [])?.saturating_sub(position);
    let position = i64::try_from(position).unwrap_or(i64::MAX);
    Ok(gone + db.number(COUNT_AFTER, [position])?)
}

fn snapshot(db: &Db, after: Option<DocRef>, limit: u32) -> Attempt<Vec<OutboxEntry>> {
    let limit = limit.min(MAX_ENTRIES);
    let upsert = |document| OutboxEntry { seq: 0, change: IndexChange::Upsert(document) };
    // ids are compared as bytes, and the empty one is before all of them
    let (messages_after, memories_after) = match after {
        None => (Some(Vec::new()), Vec::new()),
        Some(DocRef { kind: DocKind::Message, id }) => (Some(id.as_bytes().to_vec()), Vec::new()),
        Some(DocRef { kind: DocKind::Memory, id }) => (None, id.as_bytes().to_vec()),
    };
    let doc = |kind, id: Uuid| DocRef { kind, id };
    let mut entries = Vec::new();
    if let Some(start) = messages_after {
        entries = db.all(SNAPSHOT_MESSAGES, params![start, limit], |row| {
            message(db, doc(DocKind::Message, row::uuid(row, 0)?), row, 1).map(upsert)
        })?;
    }
    let left = limit.saturating_sub(entries.len() as u32);
    if left > 0 {
        entries.extend(db.all(SNAPSHOT_MEMORIES, params![memories_after, left], |row| {
            memory(db, doc(DocKind::Memory, row::uuid(row, 0)?), row, 1).map(upsert)
        })?);
    }
    Ok(entries)
}

fn advance(db: &Db, position: &IndexPosition) -> Attempt<u64> {
    let at = i64::try_from(position.position).unwrap_or(i64::MAX);
    db.execute(NOTE_POSITION, params![position.node, position.index, at, position.at.as_micros()])?;
    let slowest = db.number(SLOWEST_POSITION, [position.at.minus(HEARD_WITHIN).as_micros()])?;
    let removed = db.execute(REMOVE_PASSED, params![slowest as i64, MAX_ENTRIES])?;
    if removed > 0 {
        // an index may be ahead of a store that is an older copy
        db.execute(NOTE_PRUNED, [slowest.min(newest(db)?) as i64])?;
    }
    Ok(removed as u64)
}

#[async_trait]
impl<R: Run> ReadOutbox for On<R> {
    async fn after(&self, scope: &Scope, position: OutboxSeq, limit: u32) -> Result<Vec<OutboxEntry>> {
        let scope = *scope;
        self.0
            .ask(move |db| {
                require_system(&scope)?;
                after(db, position, limit)
            })
            .await
    }

    async fn bounds(&self, scope: &Scope) -> Result<(OutboxSeq, OutboxSeq)> {
        let scope = *scope;
        self.0
            .ask(move |db| {
                require_system(&scope)?;
                db.snapshot(bounds)
            })
            .await
    }

    async fn outstanding(&self, scope: &Scope, position: OutboxSeq) -> Result<u64> {
        let scope = *scope;
        self.0
            .ask(move |db| {
                require_system(&scope)?;
                db.snapshot(|db| outstanding(db, position))
            })
            .await
    }

    async fn snapshot(&self, scope: &Scope, after: Option<DocRef>, limit: u32) -> Result<Vec<OutboxEntry>> {
        let scope = *scope;
        self.0
            .ask(move |db| {
                require_system(&scope)?;
                db.snapshot(|db| snapshot(db, after, limit))
            })
            .await
    }
}

#[async_trait]
impl WriteOutbox for On<UnitConnection> {
    async fn advance(&self, scope: &Scope, position: IndexPosition) -> Result<u64> {
        self.0.write(|db| {
            require_system(scope)?;
            advance(db, &position)
        })
    }
}
