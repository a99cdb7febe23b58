use async_trait::async_trait;
use chrono::{DateTime, Utc};
use jarvis_core::{
    ErrorKind, Result, Scope,
    id::{ConversationId, MemoryId, MessageId},
    ports::store::{IndexPosition, ReadOutbox, WriteOutbox},
    types::{DocKind, DocRef, IndexChange, IndexDocument, OutboxEntry, OutboxSeq, RECALL_MODEL, Role},
};
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

use crate::{
    db::{Db, column, require_system},
    error::{Attempt, Failure},
    row,
    run::{On, Run},
    unit::UnitConnection,
};

/// How the kinds of change are stored; `sql/outbox/after.sql` and `sql/messages/append.sql` name them too.
const MESSAGE: i16 = 1;
const MEMORY: i16 = 2;
const CONVERSATION: i16 = 3;

/// Entries answered or removed at once at most.
const MAX_ENTRIES: u32 = 10_000;

/// An index that has not been heard of for this long no longer holds entries back; it rebuilds when it comes again.
const HEARD_WITHIN: Duration = Duration::from_hours(24);

/// How long a reader waits for transactions that began before what is committed already: units end within that.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often it looks again, first and later.
const FIRST_LOOK: Duration = Duration::from_millis(1);
const LATER_LOOK: Duration = Duration::from_millis(20);

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

/// Tells the indexes.
pub(crate) async fn add(db: &mut Db, changes: &[Change]) -> Attempt<()> {
    if changes.is_empty() {
        return Ok(());
    }
    let before = db.counters.number_changes(changes.len());
    let (kinds, entities): (Vec<i16>, Vec<Uuid>) = changes
        .iter()
        .map(|change| match change {
            Change::Message(message) => (MESSAGE, *message.as_uuid()),
            Change::Memory(memory) => (MEMORY, *memory.as_uuid()),
            Change::ConversationGone(conversation) => (CONVERSATION, *conversation.as_uuid()),
        })
        .unzip();
    sqlx::query_file!("sql/outbox/insert.sql", before, &kinds, &entities).execute(db.connection()).await?;
    Ok(())
}

/// Tells the indexes of every message of a conversation that came back.
pub(crate) async fn add_messages_of(db: &mut Db, conversation: ConversationId, messages: u64) -> Attempt<()> {
    let before = db.counters.number_changes(usize::try_from(messages).unwrap_or(usize::MAX));
    sqlx::query_file!("sql/outbox/insert_conversation_messages.sql", conversation.as_uuid(), before)
        .execute(db.connection())
        .await?;
    Ok(())
}

/// Lets numbers go on behind those that were given, in a database that was moved to another server.
pub(crate) async fn move_on(connection: &mut sqlx::PgConnection) -> Attempt<()> {
    let moved = sqlx::query_file!("sql/outbox/move_on.sql").execute(connection).await?;
    if moved.rows_affected() > 0 {
        tracing::info!("this server counts its transactions from less than the one before; changes are numbered on");
    }
    Ok(())
}

/// Pauses that grow, until patience ends.
struct Looks {
    until: Instant,
    pause: Duration,
}

impl Looks {
    fn begin() -> Self {
        Self { until: Instant::now() + PATIENCE, pause: FIRST_LOOK }
    }

    /// Waits before the next look; whether there is one.
    async fn next(&mut self, db: &Db) -> bool {
        // a unit would wait for itself
        if db.in_unit() || Instant::now() >= self.until {
            return false;
        }
        tokio::time::sleep(self.pause).await;
        self.pause = (self.pause * 2).min(LATER_LOOK);
        true
    }
}

/// The position before which every transaction has ended. What is read by a later statement is all there will ever be.
async fn horizon(db: &mut Db) -> Attempt<i64> {
    Ok(sqlx::query_file_scalar!("sql/outbox/horizon.sql").fetch_one(db.connection()).await?)
}

/// A change as it is read, with the rows it names.
struct Entry {
    position: i64,
    kind: i16,
    entity_id: Uuid,
    message_user: Option<Uuid>,
    conversation_id: Option<Uuid>,
    role: Option<String>,
    model: Option<String>,
    message_created_at: Option<DateTime<Utc>>,
    message_content: Option<Vec<u8>>,
    conversation_status: Option<String>,
    memory_user: Option<Uuid>,
    memory_created_at: Option<DateTime<Utc>>,
    memory_content: Option<Vec<u8>>,
    superseded_by: Option<Uuid>,
}

/// Entries become readable in the order of their numbers: those of a transaction once every older one has ended. What is
/// committed and not readable yet is waited for, so that whoever asks after a write finds it.
async fn after(db: &mut Db, scope: Scope, position: OutboxSeq, limit: u32) -> Attempt<Vec<OutboxEntry>> {
    require_system(scope)?;
    let position = i64::try_from(position).unwrap_or(i64::MAX);
    let limit = i64::from(limit.min(MAX_ENTRIES));
    let mut looks = Looks::begin();
    let entries = loop {
        let horizon = horizon(db).await?;
        let entries = sqlx::query_file_as!(Entry, "sql/outbox/after.sql", position, limit, horizon);
        let entries = entries.fetch_all(db.connection()).await?;
        if entries.len() as i64 == limit {
            break entries;
        }
        let last = entries.last().map_or(position, |entry| entry.position);
        let behind = sqlx::query_file_scalar!("sql/outbox/is_behind.sql", last).fetch_one(db.connection()).await?;
        if !behind || !looks.next(db).await {
            break entries;
        }
    };
    entries
        .into_iter()
        .map(|entry| Ok(OutboxEntry { seq: row::count(entry.position), change: change(db, entry)? }))
        .collect()
}

/// The change an entry stands for, made from the rows joined to it.
fn change(db: &Db, entry: Entry) -> Attempt<IndexChange> {
    let id = entry.entity_id;
    match entry.kind {
        MESSAGE => {
            let doc = DocRef { kind: DocKind::Message, id };
            let (Some(user), Some(conversation), Some(role), Some(at), Some(content), Some(status)) = (
                entry.message_user,
                entry.conversation_id,
                entry.role,
                entry.message_created_at,
                entry.message_content,
                entry.conversation_status,
            ) else {
                return Ok(IndexChange::Delete(doc));
            };
            if status == "deleted" {
                return Ok(IndexChange::Delete(doc));
            }
            let said = Said { user, conversation, role, model: entry.model, at, content };
            message(db, doc, said).map(IndexChange::Upsert)
        }
        MEMORY => {
            let doc = DocRef { kind: DocKind::Memory, id };
            match (entry.memory_user, entry.memory_created_at, entry.memory_content) {
                (Some(user), Some(at), Some(content)) if entry.superseded_by.is_none() => {
                    memory(db, doc, user, at, content).map(IndexChange::Upsert)
                }
                _ => Ok(IndexChange::Delete(doc)),
            }
        }
        CONVERSATION => Ok(IndexChange::DeleteConversation(id.into())),
        _ => Err(unknown_kind()),
    }
}

fn unknown_kind() -> Failure {
    ErrorKind::Corrupt.error("the outbox holds a kind of change that was never written; run `jarvis reindex`").into()
}

/// A message as an index needs it.
struct Said {
    user: Uuid,
    conversation: Uuid,
    role: String,
    model: Option<String>,
    at: DateTime<Utc>,
    content: Vec<u8>,
}

fn message(db: &Db, doc: DocRef, said: Said) -> Attempt<IndexDocument> {
    let role = row::word(&said.role, Role::parse)?;
    Ok(IndexDocument {
        doc,
        user_id: said.user.into(),
        conversation_id: Some(said.conversation.into()),
        role: Some(role),
        recallable: !(role == Role::Assistant && said.model.as_deref() == Some(RECALL_MODEL)),
        created_at: row::time(said.at),
        text: db.open(said.content, column::MESSAGE_CONTENT)?,
    })
}

fn memory(db: &Db, doc: DocRef, user: Uuid, at: DateTime<Utc>, content: Vec<u8>) -> Attempt<IndexDocument> {
    Ok(IndexDocument {
        doc,
        user_id: user.into(),
        conversation_id: None,
        role: None,
        recallable: true,
        created_at: row::time(at),
        text: db.open(content, column::MEMORY_CONTENT)?,
    })
}

/// What was committed before this call is readable when it answers, unless a transaction runs very long.
async fn bounds(db: &mut Db, scope: Scope) -> Attempt<(OutboxSeq, OutboxSeq)> {
    require_system(scope)?;
    let (mut looks, mut wanted) = (Looks::begin(), None);
    loop {
        let horizon = horizon(db).await?;
        let now = sqlx::query_file!("sql/outbox/bounds.sql", horizon).fetch_one(db.connection()).await?;
        let wanted = *wanted.get_or_insert(now.written);
        if now.readable >= wanted || !looks.next(db).await {
            return Ok((row::count(now.pruned) + 1, row::count(now.readable.max(now.pruned))));
        }
    }
}

async fn snapshot(db: &mut Db, scope: Scope, after: Option<DocRef>, limit: u32) -> Attempt<Vec<OutboxEntry>> {
    require_system(scope)?;
    let limit = i64::from(limit.min(MAX_ENTRIES));
    let upsert = |document| OutboxEntry { seq: 0, change: IndexChange::Upsert(document) };
    let (messages_after, memories_after) = match after {
        None => (Some(Uuid::nil()), Uuid::nil()),
        Some(DocRef { kind: DocKind::Message, id }) => (Some(id), Uuid::nil()),
        Some(DocRef { kind: DocKind::Memory, id }) => (None, id),
    };
    let mut entries = Vec::new();
    if let Some(start) = messages_after {
        let found = sqlx::query_file!("sql/outbox/snapshot_messages.sql", start, limit);
        for row in found.fetch_all(db.connection()).await? {
            let doc = DocRef { kind: DocKind::Message, id: row.id };
            let said = Said {
                user: row.user_id,
                conversation: row.conversation_id,
                role: row.role,
                model: row.model,
                at: row.created_at,
                content: row.content,
            };
            entries.push(upsert(message(db, doc, said)?));
        }
    }
    let left = limit - entries.len() as i64;
    if left > 0 {
        let found = sqlx::query_file!("sql/outbox/snapshot_memories.sql", memories_after, left);
        for row in found.fetch_all(db.connection()).await? {
            let doc = DocRef { kind: DocKind::Memory, id: row.id };
            entries.push(upsert(memory(db, doc, row.user_id, row.created_at, row.content)?));
        }
    }
    Ok(entries)
}

/// What was removed is not counted one by one: positions do not tell how many there were.
async fn outstanding(db: &mut Db, scope: Scope, position: OutboxSeq) -> Attempt<u64> {
    require_system(scope)?;
    let position = i64::try_from(position).unwrap_or(i64::MAX);
    let count = sqlx::query_file_scalar!("sql/outbox/outstanding.sql", position).fetch_one(db.connection()).await?;
    Ok(row::count(count))
}

async fn advance(db: &mut Db, scope: Scope, position: IndexPosition) -> Attempt<u64> {
    require_system(scope)?;
    let at = i64::try_from(position.position).unwrap_or(i64::MAX);
    let (node, index, now) = (position.node, position.index, position.at);
    sqlx::query_file!("sql/outbox/note_position.sql", node, index, at, now.to_utc()).execute(db.connection()).await?;
    let heard = now.minus(HEARD_WITHIN).to_utc();
    let gone = sqlx::query_file_scalar!("sql/outbox/remove_passed.sql", heard, i64::from(MAX_ENTRIES));
    Ok(row::count(gone.fetch_one(db.connection()).await?))
}

#[async_trait]
impl<R: Run> ReadOutbox for On<R> {
    async fn after(&self, scope: &Scope, position: OutboxSeq, limit: u32) -> Result<Vec<OutboxEntry>> {
        let scope = *scope;
        self.0.ask(scope, move |db| Box::pin(after(db, scope, position, limit))).await
    }

    async fn bounds(&self, scope: &Scope) -> Result<(OutboxSeq, OutboxSeq)> {
        let scope = *scope;
        self.0.ask(scope, move |db| Box::pin(bounds(db, scope))).await
    }

    async fn outstanding(&self, scope: &Scope, position: OutboxSeq) -> Result<u64> {
        let scope = *scope;
        self.0.ask(scope, move |db| Box::pin(outstanding(db, scope, position))).await
    }

    async fn snapshot(&self, scope: &Scope, after: Option<DocRef>, limit: u32) -> Result<Vec<OutboxEntry>> {
        let scope = *scope;
        self.0.ask(scope, move |db| Box::pin(snapshot(db, scope, after, limit))).await
    }
}

#[async_trait]
impl WriteOutbox for On<UnitConnection> {
    async fn advance(&self, scope: &Scope, position: IndexPosition) -> Result<u64> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(advance(db, scope, position))).await
    }
}
