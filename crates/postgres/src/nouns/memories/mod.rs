//! Memories: their rows, and writing them.

mod read;
mod remove;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use jarvis_core::{
    Error, ErrorKind, Result, Scope, Timestamp,
    id::{MemoryId, MessageId},
    ports::store::WriteMemories,
    text,
    types::{Memory, MemoryKind, MemoryPatch, NewMemory, Slot},
};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use uuid::Uuid;

pub(super) use remove::{only_from, remove};

use super::{
    check_ids,
    outbox::{self, Change},
    users,
};
use crate::{
    counters,
    db::{Db, column, owner, stored_bytes},
    error::{Attempt, Failure},
    row,
    run::On,
    unit::UnitConnection,
};

/// Turns kept with a memory at most: what is said every day needs no more to outlive one conversation.
const MAX_SOURCES: usize = 100;

/// A memory with its sources.
pub(super) struct MemoryRow {
    pub(super) id: Uuid,
    pub(super) user_id: Uuid,
    pub(super) kind: String,
    pub(super) category: String,
    pub(super) content: Vec<u8>,
    pub(super) importance: f32,
    pub(super) access_count: i64,
    pub(super) last_accessed_at: Option<DateTime<Utc>>,
    pub(super) expires_at: Option<DateTime<Utc>>,
    pub(super) valid_from: DateTime<Utc>,
    pub(super) valid_to: Option<DateTime<Utc>>,
    pub(super) superseded_by: Option<Uuid>,
    pub(super) metadata: Option<Vec<u8>>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) pinned: bool,
    pub(super) sources: Vec<Uuid>,
}

pub(super) fn decode(db: &Db, row: MemoryRow) -> Attempt<Memory> {
    Ok(Memory {
        id: row.id.into(),
        user_id: row.user_id.into(),
        kind: row::word(&row.kind, MemoryKind::parse)?,
        category: db.open_label(row.category, column::MEMORY_CATEGORY)?,
        content: db.open(row.content, column::MEMORY_CONTENT)?,
        importance: row.importance,
        access_count: row::count(row.access_count),
        last_accessed_at: row::time_opt(row.last_accessed_at),
        expires_at: row::time_opt(row.expires_at),
        source_message_ids: row.sources.into_iter().map(Into::into).collect(),
        valid_from: row::time(row.valid_from),
        valid_to: row::time_opt(row.valid_to),
        superseded_by: row.superseded_by.map(Into::into),
        metadata: db.open_json(row.metadata, column::MEMORY_METADATA)?,
        created_at: row::time(row.created_at),
        updated_at: row::time(row.updated_at),
        pinned: row.pinned,
    })
}

async fn get(db: &mut Db, owner: Option<Uuid>, memory: MemoryId) -> Attempt<Option<Memory>> {
    let found = sqlx::query_file_as!(MemoryRow, "sql/memories/get.sql", memory.as_uuid(), owner)
        .fetch_optional(db.connection())
        .await?;
    found.map(|row| decode(db, row)).transpose()
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

/// A memory's id is taken.
pub(super) fn exists() -> Failure {
    ErrorKind::Conflict.error("this memory is stored already; use another id").into()
}

async fn insert(db: &mut Db, scope: Scope, new: NewMemory) -> Attempt<Memory> {
    users::require_owner(db, scope).await?;
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
        source_message_ids: distinct(new.source_message_ids),
        valid_from: new.created_at,
        valid_to: None,
        superseded_by: None,
        pinned: false,
        metadata: new.metadata,
        created_at: new.created_at,
        updated_at: new.created_at,
    };
    require_sources(db, scope, &memory.source_message_ids).await?;
    let key = content_key(db, &memory.content)?;
    let category = db.seal_label(&memory.category, column::MEMORY_CATEGORY)?;
    let content = db.seal(&memory.content, column::MEMORY_CONTENT)?;
    let metadata = db.seal_json(memory.metadata.as_ref(), column::MEMORY_METADATA)?;
    let holds = slot_key(db, slot.as_ref())?;
    let bytes = stored_bytes(&[Some(&content), metadata.as_deref()]);
    let added = sqlx::query_file!(
        "sql/memories/insert.sql",
        memory.id.as_uuid(),
        memory.user_id.as_uuid(),
        memory.kind.as_str(),
        &*category,
        &*content,
        key.as_slice(),
        memory.importance,
        memory.expires_at.map(Timestamp::to_utc),
        metadata.as_deref(),
        memory.created_at.to_utc(),
        holds.as_ref().map(<[u8; 16]>::as_slice),
    )
    .execute(db.connection())
    .await?;
    if added.rows_affected() == 0 {
        return Err(exists());
    }
    let closed = match slot {
        Some(slot) => {
            let key = db.blind(hash(&slot.key))?;
            close_slot(db, &memory, key).await?
        }
        None => Vec::new(),
    };
    self::added(db, &memory, bytes, closed).await?;
    Ok(memory)
}

/// Closes what else holds the slot. Two units that fill the same one at the same time do so one after the other, so that the
/// second sees what the first has stored.
async fn close_slot(db: &mut Db, memory: &Memory, slot: [u8; 16]) -> Attempt<Vec<Uuid>> {
    let (user, mut lock) = (memory.user_id.as_uuid(), [0; 8]);
    lock.copy_from_slice(&slot[..8]);
    let lock = i64::from_be_bytes(lock) ^ (user.as_u64_pair().1 as i64);
    sqlx::query_file!("sql/locks/transaction.sql", lock).execute(db.connection()).await?;
    let (id, key, at) = (memory.id.as_uuid(), content_key(db, &memory.content)?, memory.created_at.to_utc());
    let closed = sqlx::query_file_scalar!("sql/memories/close_slot.sql", user, slot.as_slice(), key.as_slice(), id, at);
    Ok(closed.fetch_all(db.connection()).await?)
}

/// Refuses turns that are not the scope's.
pub(super) async fn require_sources(db: &mut Db, scope: Scope, sources: &[MessageId]) -> Attempt<()> {
    check_ids(sources.len())?;
    if sources.is_empty() {
        return Ok(());
    }
    let user = scope.user();
    let distinct: HashSet<Uuid> = sources.iter().map(|message| *message.as_uuid()).collect();
    let ids: Vec<Uuid> = distinct.into_iter().collect();
    let found = sqlx::query_file_scalar!("sql/memories/owned_sources.sql", &ids, user.as_uuid())
        .fetch_one(db.connection())
        .await?;
    if row::count(found) == ids.len() as u64 { Ok(()) } else { Err(Error::not_found("source message").into()) }
}

/// What goes with a new row: the turns it was taken from, counters, and telling the indexes of it and of what it closed.
pub(super) async fn added(db: &mut Db, memory: &Memory, bytes: i64, closed: Vec<Uuid>) -> Attempt<()> {
    if !memory.source_message_ids.is_empty() {
        let sources: Vec<Uuid> = memory.source_message_ids.iter().map(|message| *message.as_uuid()).collect();
        sqlx::query_file!("sql/memories/add_sources.sql", memory.id.as_uuid(), &sources)
            .execute(db.connection())
            .await?;
    }
    counters::add_memories(db, memory.user_id, 1, bytes);
    let mut changes: Vec<Change> = closed.into_iter().map(|other| Change::Memory(other.into())).collect();
    changes.push(Change::Memory(memory.id));
    outbox::add(db, &changes).await
}

async fn supersede(db: &mut Db, owner: Option<Uuid>, old: MemoryId, by: MemoryId, at: Timestamp) -> Attempt<()> {
    if old == by {
        return Err(Error::invalid("by", "a memory cannot replace itself").into());
    }
    let (old_id, by) = (old.as_uuid(), by.as_uuid());
    let both =
        sqlx::query_file_scalar!("sql/memories/both_owned.sql", old_id, by, owner).fetch_one(db.connection()).await?;
    if both < 2 {
        return Err(Error::not_found("memory").into());
    }
    let closed =
        sqlx::query_file!("sql/memories/supersede.sql", old_id, by, at.to_utc()).execute(db.connection()).await?;
    if closed.rows_affected() > 0 {
        outbox::add(db, &[Change::Memory(old)]).await?;
    }
    Ok(())
}

/// A memory that a person wrote has no source and keeps none: it must not go with a conversation.
async fn add_source(db: &mut Db, scope: Scope, memory: MemoryId, message: MessageId) -> Attempt<()> {
    let known = get(db, owner(scope), memory).await?.ok_or_else(|| Error::not_found("memory"))?;
    require_sources(db, scope, &[message]).await?;
    let sources = known.source_message_ids;
    if !sources.is_empty() && sources.len() < MAX_SOURCES && !sources.contains(&message) {
        sqlx::query_file!("sql/memories/append_source.sql", memory.as_uuid(), message.as_uuid())
            .execute(db.connection())
            .await?;
    }
    Ok(())
}

/// The ids without repetitions, in their order.
fn distinct(mut ids: Vec<MessageId>) -> Vec<MessageId> {
    let mut seen = HashSet::with_capacity(ids.len());
    ids.retain(|id| seen.insert(*id));
    ids
}

async fn update(
    db: &mut Db,
    owner: Option<Uuid>,
    memory: MemoryId,
    patch: MemoryPatch,
    now: Timestamp,
) -> Attempt<Option<Memory>> {
    let Some(mut memory) = get(db, owner, memory).await? else { return Ok(None) };
    let reworded = patch.content.as_ref().is_some_and(|content| *content != memory.content);
    memory.kind = patch.kind.unwrap_or(memory.kind);
    memory.category = patch.category.unwrap_or(memory.category);
    memory.content = patch.content.unwrap_or(memory.content);
    memory.importance = patch.importance.unwrap_or(memory.importance);
    memory.expires_at = patch.expires_at.unwrap_or(memory.expires_at);
    memory.metadata = patch.metadata.unwrap_or(memory.metadata);
    memory.pinned = patch.pinned.unwrap_or(memory.pinned);
    memory.updated_at = now;
    let key = content_key(db, &memory.content)?;
    let category = db.seal_label(&memory.category, column::MEMORY_CATEGORY)?;
    let content = db.seal(&memory.content, column::MEMORY_CONTENT)?;
    let metadata = db.seal_json(memory.metadata.as_ref(), column::MEMORY_METADATA)?;
    let bytes = stored_bytes(&[Some(&content), metadata.as_deref()]);
    let before = sqlx::query_file_scalar!(
        "sql/memories/update.sql",
        memory.id.as_uuid(),
        memory.kind.as_str(),
        &*category,
        &*content,
        key.as_slice(),
        memory.importance,
        memory.expires_at.map(Timestamp::to_utc),
        metadata.as_deref(),
        now.to_utc(),
        memory.pinned,
    )
    .fetch_optional(db.connection())
    .await?;
    counters::add_bytes(db, memory.user_id, before.map_or(0, |before| bytes - before));
    if let Some(slot) = patch.slot {
        let key = slot_key(db, slot.as_ref())?;
        let key = key.as_ref().map(<[u8; 16]>::as_slice);
        sqlx::query_file!("sql/memories/set_slot.sql", memory.id.as_uuid(), key).execute(db.connection()).await?;
    }
    if reworded {
        outbox::add(db, &[Change::Memory(memory.id)]).await?;
    }
    Ok(Some(memory))
}

async fn touch(db: &mut Db, owner: Option<Uuid>, ids: Vec<MemoryId>, now: Timestamp) -> Attempt<()> {
    check_ids(ids.len())?;
    let ids: Vec<Uuid> = ids.iter().map(|memory| *memory.as_uuid()).collect();
    sqlx::query_file!("sql/memories/touch.sql", &ids, owner, now.to_utc()).execute(db.connection()).await?;
    Ok(())
}

#[async_trait]
impl WriteMemories for On<UnitConnection> {
    async fn add_source(&self, scope: &Scope, memory: MemoryId, message: MessageId) -> Result<()> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(add_source(db, scope, memory, message))).await
    }

    async fn insert(&self, scope: &Scope, memory: NewMemory) -> Result<Memory> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(insert(db, scope, memory))).await
    }

    async fn supersede(&self, scope: &Scope, old: MemoryId, by: MemoryId, at: Timestamp) -> Result<()> {
        let owner = owner(*scope);
        self.0.write(scope, move |db| Box::pin(supersede(db, owner, old, by, at))).await
    }

    async fn update(
        &self,
        scope: &Scope,
        memory: MemoryId,
        patch: MemoryPatch,
        now: Timestamp,
    ) -> Result<Option<Memory>> {
        let owner = owner(*scope);
        self.0.write(scope, move |db| Box::pin(update(db, owner, memory, patch, now))).await
    }

    async fn delete(&self, scope: &Scope, memory: MemoryId) -> Result<bool> {
        let owner = owner(*scope);
        self.0.write(scope, move |db| Box::pin(remove::delete(db, owner, memory))).await
    }

    async fn touch(&self, scope: &Scope, ids: &[MemoryId], now: Timestamp) -> Result<()> {
        let (owner, ids) = (owner(*scope), ids.to_vec());
        self.0.write(scope, move |db| Box::pin(touch(db, owner, ids, now))).await
    }
}
