//! Memories: their rows, and writing them.

mod read;

use async_trait::async_trait;
use jarvis_core::{
    Error, Result, Scope, Timestamp,
    id::{ConversationId, MemoryId, MessageId},
    ports::store::WriteMemories,
    text,
    types::{Memory, MemoryKind, MemoryPatch, NewMemory, Slot},
};
use rusqlite::{Row, params};
use sha2::{Digest, Sha256};

use super::{
    check_ids, foreign_ids,
    outbox::{self, Change},
    stats, users,
};
use crate::{
    counters::Growth,
    db::{Db, column, id, owner},
    error::Attempt,
    row,
    run::On,
    unit::UnitConnection,
};

const GET: &str = include_str!("../../../sql/memories/get.sql");
const SOURCES: &str = include_str!("../../../sql/memories/sources.sql");
const ADD_SOURCE: &str = include_str!("../../../sql/memories/add_source.sql");
const APPEND_SOURCE: &str = include_str!("../../../sql/memories/append_source.sql");
const OWNED_MESSAGE: &str = include_str!("../../../sql/messages/owned.sql");
const INSERT: &str = include_str!("../../../sql/memories/insert.sql");
const SIZE: &str = include_str!("../../../sql/memories/size.sql");
const UPDATE: &str = include_str!("../../../sql/memories/update.sql");
const TOUCH: &str = include_str!("../../../sql/memories/touch.sql");
const SUPERSEDE: &str = include_str!("../../../sql/memories/supersede.sql");
const SUCCESSOR: &str = include_str!("../../../sql/memories/successor.sql");
const REOPEN: &str = include_str!("../../../sql/memories/reopen.sql");
const SET_SLOT: &str = include_str!("../../../sql/memories/set_slot.sql");
const IN_SLOT: &str = include_str!("../../../sql/memories/in_slot.sql");
const DELETE: &str = include_str!("../../../sql/memories/delete.sql");
const ONLY_FROM: &str = include_str!("../../../sql/memories/only_from_conversation.sql");

/// Turns kept with a memory at most: what is said every day needs no more to outlive one conversation.
const MAX_SOURCES: usize = 100;

pub(super) fn decode(db: &Db, row: &Row<'_>) -> Attempt<Memory> {
    let memory = row::uuid(row, 0)?;
    Ok(Memory {
        id: memory.into(),
        user_id: row::uuid(row, 1)?.into(),
        kind: row::word(row, 2, MemoryKind::parse)?,
        category: db.open_label(row, 3, column::MEMORY_CATEGORY)?,
        content: db.open(row, 4, column::MEMORY_CONTENT)?,
        importance: row.get(5)?,
        access_count: row::count(row, 6)?,
        last_accessed_at: row::time_opt(row, 7)?,
        expires_at: row::time_opt(row, 8)?,
        source_message_ids: db.all(SOURCES, [id(&memory)], |row| Ok(row::uuid(row, 0)?.into()))?,
        valid_from: row::time(row, 9)?,
        valid_to: row::time_opt(row, 10)?,
        superseded_by: row::uuid_opt(row, 11)?.map(Into::into),
        metadata: db.open_json(row, 12, column::MEMORY_METADATA)?,
        created_at: row::time(row, 13)?,
        updated_at: row::time(row, 14)?,
        pinned: row.get(15)?,
    })
}

fn get(db: &Db, scope: &Scope, memory: MemoryId) -> Attempt<Option<Memory>> {
    db.first(GET, params![id(memory.as_uuid()), owner(scope)], |row| decode(db, row))
}

/// What equal contents share.
pub(super) fn content_key(db: &Db, content: &str) -> Attempt<[u8; 16]> {
    db.blind(hash(&text::normalise(content)))
}

/// What memories that hold the same slot share; none of one that tells of other things too.
pub(super) fn slot_key(db: &Db, slot: Option<&Slot>) -> Attempt<Option<[u8; 16]>> {
    slot.filter(|slot| slot.alone).map(|slot| db.blind(hash(&slot.key))).transpose()
}

/// The first half of the SHA-256.
fn hash(text: &str) -> [u8; 16] {
    let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
    let mut key = [0; 16];
    key.copy_from_slice(&digest[..16]);
    key
}

fn insert(db: &Db, scope: &Scope, new: NewMemory) -> Attempt<Memory> {
    users::require_owner(db, scope)?;
    let sources = distinct(new.source_message_ids);
    let user = id(scope.user().as_uuid());
    require_sources(db, scope, &sources)?;
    let slot = new.slot;
    let memory = Memory {
        id: new.id,
        user_id: scope.user(),
        kind: new.kind,
        category: new.category,
        content: new.content,
        importance: new.importance,
        access_count: 0,
        last_accessed_at: None,
        expires_at: new.expires_at,
        source_message_ids: sources,
        valid_from: new.created_at,
        valid_to: None,
        superseded_by: None,
        pinned: false,
        metadata: new.metadata,
        created_at: new.created_at,
        updated_at: new.created_at,
    };
    db.execute(
        INSERT,
        params![
            id(memory.id.as_uuid()),
            user,
            memory.kind.as_str(),
            db.seal_label(&memory.category, column::MEMORY_CATEGORY)?,
            db.seal(&memory.content, column::MEMORY_CONTENT)?,
            content_key(db, &memory.content)?,
            memory.importance,
            memory.expires_at.map(Timestamp::as_micros),
            db.seal_json(memory.metadata.as_ref(), column::MEMORY_METADATA)?,
            memory.created_at.as_micros(),
            slot_key(db, slot.as_ref())?,
        ],
    )?;
    if let Some(slot) = slot {
        let params = params![user, db.blind(hash(&slot.key))?, content_key(db, &memory.content)?];
        let others: Vec<MemoryId> = db.all(IN_SLOT, params, |row| Ok(row::uuid(row, 0)?.into()))?;
        for other in others {
            close(db, other, memory.id, memory.created_at)?;
        }
    }
    added(db, &memory)?;
    Ok(memory)
}

/// Refuses turns that are not the scope's.
pub(super) fn require_sources(db: &Db, scope: &Scope, sources: &[MessageId]) -> Attempt<()> {
    check_ids(sources.len())?;
    for message in sources {
        let params = params![id(message.as_uuid()), id(scope.user().as_uuid())];
        db.first(OWNED_MESSAGE, params, |_| Ok(()))?.ok_or_else(|| Error::not_found("source message"))?;
    }
    Ok(())
}

/// What goes with a new row: the turns it was taken from, counters, the indexes.
pub(super) fn added(db: &Db, memory: &Memory) -> Attempt<()> {
    for (ordinal, message) in memory.source_message_ids.iter().enumerate() {
        db.execute(ADD_SOURCE, params![id(memory.id.as_uuid()), ordinal as i64, id(message.as_uuid())])?;
    }
    stats::add_memories(db, memory.user_id, 1, size(db, memory.id)?);
    outbox::add(db, &[Change::Memory(memory.id)], Growth { memories: 1, ..Growth::default() })
}

/// What a memory takes as it is stored.
fn size(db: &Db, memory: MemoryId) -> Attempt<i64> {
    Ok(db.number(SIZE, [id(memory.as_uuid())])? as i64)
}

fn supersede(db: &Db, scope: &Scope, old: MemoryId, by: MemoryId, at: Timestamp) -> Attempt<()> {
    if old == by {
        return Err(Error::invalid("by", "a memory cannot replace itself").into());
    }
    for memory in [old, by] {
        let params = params![id(memory.as_uuid()), owner(scope)];
        db.first(GET, params, |_| Ok(()))?.ok_or_else(|| Error::not_found("memory"))?;
    }
    close(db, old, by, at)
}

fn close(db: &Db, old: MemoryId, by: MemoryId, at: Timestamp) -> Attempt<()> {
    let closed = db.execute(SUPERSEDE, params![id(old.as_uuid()), id(by.as_uuid()), at.as_micros()])?;
    if closed > 0 {
        outbox::add(db, &[Change::Memory(old)], Growth::default())?;
    }
    Ok(())
}

/// A memory that a person wrote has no source and keeps none: it must not go with a conversation.
fn add_source(db: &Db, scope: &Scope, memory: MemoryId, message: MessageId) -> Attempt<()> {
    let params = params![id(memory.as_uuid()), owner(scope)];
    let known = db.first(GET, params, |row| decode(db, row))?.ok_or_else(|| Error::not_found("memory"))?;
    require_sources(db, scope, &[message])?;
    let sources = known.source_message_ids;
    if !sources.is_empty() && sources.len() < MAX_SOURCES && !sources.contains(&message) {
        db.execute(APPEND_SOURCE, params![id(memory.as_uuid()), id(message.as_uuid())])?;
    }
    Ok(())
}

/// The ids without repetitions, in their order.
fn distinct(ids: Vec<MessageId>) -> Vec<MessageId> {
    let mut kept = Vec::with_capacity(ids.len());
    for id in ids {
        if !kept.contains(&id) {
            kept.push(id);
        }
    }
    kept
}

fn update(db: &Db, scope: &Scope, memory: MemoryId, patch: MemoryPatch, now: Timestamp) -> Attempt<Option<Memory>> {
    let Some(mut memory) = get(db, scope, memory)? else { return Ok(None) };
    let reworded = patch.content.as_ref().is_some_and(|content| *content != memory.content);
    memory.kind = patch.kind.unwrap_or(memory.kind);
    memory.category = patch.category.unwrap_or(memory.category);
    memory.content = patch.content.unwrap_or(memory.content);
    memory.importance = patch.importance.unwrap_or(memory.importance);
    memory.expires_at = patch.expires_at.unwrap_or(memory.expires_at);
    memory.metadata = patch.metadata.unwrap_or(memory.metadata);
    memory.pinned = patch.pinned.unwrap_or(memory.pinned);
    memory.updated_at = now;
    let before = size(db, memory.id)?;
    db.execute(
        UPDATE,
        params![
            id(memory.id.as_uuid()),
            memory.kind.as_str(),
            db.seal_label(&memory.category, column::MEMORY_CATEGORY)?,
            db.seal(&memory.content, column::MEMORY_CONTENT)?,
            content_key(db, &memory.content)?,
            memory.importance,
            memory.expires_at.map(Timestamp::as_micros),
            db.seal_json(memory.metadata.as_ref(), column::MEMORY_METADATA)?,
            now.as_micros(),
            memory.pinned,
        ],
    )?;
    stats::add_bytes(db, memory.user_id, size(db, memory.id)? - before);
    if let Some(slot) = patch.slot {
        db.execute(SET_SLOT, params![id(memory.id.as_uuid()), slot_key(db, slot.as_ref())?])?;
    }
    if reworded {
        outbox::add(db, &[Change::Memory(memory.id)], Growth::default())?;
    }
    Ok(Some(memory))
}

fn delete(db: &Db, scope: &Scope, memory: MemoryId) -> Attempt<bool> {
    let successor = successor(db, memory)?;
    let params = params![id(memory.as_uuid()), owner(scope)];
    let gone = db.first(DELETE, params, |row| Ok((row::uuid(row, 0)?, row.get::<_, i64>(1)?)))?;
    let Some((user, bytes)) = gone else { return Ok(false) };
    reopen(db, memory, successor)?;
    foreign_ids::forget(db, memory.as_uuid())?;
    stats::add_memories(db, user.into(), -1, -bytes);
    outbox::add(db, &[Change::Memory(memory)], Growth { memories: -1, ..Growth::default() })?;
    Ok(true)
}

/// What replaced a memory, if anything.
fn successor(db: &Db, memory: MemoryId) -> Attempt<Option<[u8; 16]>> {
    let found = db.first(SUCCESSOR, [id(memory.as_uuid())], |row| row::uuid_opt(row, 0))?;
    Ok(found.flatten().map(uuid::Uuid::into_bytes))
}

/// What a removed memory had closed is closed by what replaced that one, or true again when nothing did.
fn reopen(db: &Db, removed: MemoryId, successor: Option<[u8; 16]>) -> Attempt<()> {
    let reopened: Vec<MemoryId> =
        db.all(REOPEN, params![id(removed.as_uuid()), successor], |row| Ok(row::uuid(row, 0)?.into()))?;
    let changes: Vec<Change> = reopened.into_iter().map(Change::Memory).collect();
    if !changes.is_empty() {
        outbox::add(db, &changes, Growth::default())?;
    }
    Ok(())
}

fn touch(db: &Db, scope: &Scope, ids: &[MemoryId], now: Timestamp) -> Attempt<()> {
    check_ids(ids.len())?;
    for memory in ids {
        db.execute(TOUCH, params![id(memory.as_uuid()), owner(scope), now.as_micros()])?;
    }
    Ok(())
}

/// The memories that were taken from this conversation and from nowhere else.
pub(super) fn only_from(db: &Db, conversation: ConversationId) -> Attempt<Vec<MemoryId>> {
    db.all(ONLY_FROM, [id(conversation.as_uuid())], |row| Ok(row::uuid(row, 0)?.into()))
}

/// Removes the row and where it came from; its caller counts and tells the indexes.
pub(super) fn remove(db: &Db, memory: MemoryId) -> Attempt<i64> {
    let any_owner: Option<[u8; 16]> = None;
    let successor = successor(db, memory)?;
    let bytes = db.first(DELETE, params![id(memory.as_uuid()), any_owner], |row| Ok(row.get(1)?))?;
    reopen(db, memory, successor)?;
    foreign_ids::forget(db, memory.as_uuid())?;
    Ok(bytes.unwrap_or(0))
}

#[async_trait]
impl WriteMemories for On<UnitConnection> {
    async fn add_source(&self, scope: &Scope, memory: MemoryId, message: MessageId) -> Result<()> {
        self.0.write(|db| add_source(db, scope, memory, message))
    }

    async fn insert(&self, scope: &Scope, memory: NewMemory) -> Result<Memory> {
        self.0.write(|db| insert(db, scope, memory))
    }

    async fn supersede(&self, scope: &Scope, old: MemoryId, by: MemoryId, at: Timestamp) -> Result<()> {
        self.0.write(|db| supersede(db, scope, old, by, at))
    }

    async fn update(
        &self,
        scope: &Scope,
        memory: MemoryId,
        patch: MemoryPatch,
        now: Timestamp,
    ) -> Result<Option<Memory>> {
        self.0.write(|db| update(db, scope, memory, patch, now))
    }

    async fn delete(&self, scope: &Scope, memory: MemoryId) -> Result<bool> {
        let existed = self.0.write(|db| delete(db, scope, memory))?;
        if existed {
            self.0.note_erased();
        }
        Ok(existed)
    }

    async fn touch(&self, scope: &Scope, ids: &[MemoryId], now: Timestamp) -> Result<()> {
        self.0.write(|db| touch(db, scope, ids, now))
    }
}
