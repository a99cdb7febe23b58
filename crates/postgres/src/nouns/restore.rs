//! Rows as they once were.

use async_trait::async_trait;
use jarvis_core::{
    ErrorKind, Result, Scope, Timestamp,
    id::MemoryId,
    ports::store::WriteRestore,
    types::{Conversation, Memory, Message, NewMessage, Session, Slot},
};
use uuid::Uuid;

use super::{append, conversations, memories, sessions, users};
use crate::{
    counters,
    db::{Db, column, stored_bytes},
    error::{Attempt, Failure},
    row,
    run::On,
    unit::UnitConnection,
};

fn exists(noun: &str) -> Failure {
    ErrorKind::Conflict.error(format!("this {noun} is stored already; use another id")).into()
}

async fn session(db: &mut Db, scope: Scope, session: Session) -> Attempt<()> {
    users::require_owner(db, scope).await?;
    let user = scope.user();
    let name = db.seal(&session.name, column::SESSION_NAME)?;
    let role = db.seal_opt(session.role.as_deref(), column::SESSION_ROLE)?;
    let goals = db.seal_opt(session.goals.as_deref(), column::SESSION_GOALS)?;
    let template = db.seal_opt(session.template.as_deref(), column::SESSION_TEMPLATE)?;
    let metadata = db.seal_json(session.metadata.as_ref(), column::SESSION_METADATA)?;
    let texts = [Some(&*name), role.as_deref(), goals.as_deref(), template.as_deref(), metadata.as_deref()];
    let bytes = stored_bytes(&texts);
    let added = sqlx::query_file!(
        "sql/restore/session.sql",
        session.id.as_uuid(),
        user.as_uuid(),
        &*name,
        role.as_deref(),
        goals.as_deref(),
        template.as_deref(),
        row::name(&sessions::STATUSES, session.status),
        metadata.as_deref(),
        session.created_at.to_utc(),
        session.updated_at.to_utc(),
    )
    .execute(db.connection())
    .await?;
    if added.rows_affected() == 0 {
        return Err(exists("session"));
    }
    counters::add_bytes(db, user, bytes);
    Ok(())
}

async fn conversation(db: &mut Db, scope: Scope, head: Conversation) -> Attempt<()> {
    users::require_owner(db, scope).await?;
    if let Some(session) = head.session_id {
        sessions::require(db, scope, session).await?;
    }
    let user = scope.user();
    let title = db.seal(&head.title, column::CONVERSATION_TITLE)?;
    let summary = db.seal_opt(head.summary.as_deref(), column::CONVERSATION_SUMMARY)?;
    let metadata = db.seal_json(head.metadata.as_ref(), column::CONVERSATION_METADATA)?;
    let bytes = stored_bytes(&[Some(&title), summary.as_deref(), metadata.as_deref()]);
    let added = sqlx::query_file!(
        "sql/restore/conversation.sql",
        head.id.as_uuid(),
        user.as_uuid(),
        head.session_id.map(|session| *session.as_uuid()),
        &*title,
        summary.as_deref(),
        row::name(&conversations::STATUSES, head.status),
        metadata.as_deref(),
        head.created_at.to_utc(),
        head.updated_at.to_utc(),
        head.active_at.to_utc(),
    )
    .execute(db.connection())
    .await?;
    if added.rows_affected() == 0 {
        return Err(exists("conversation"));
    }
    counters::add_conversations(db, user, head.status, 1);
    counters::add_bytes(db, user, bytes);
    Ok(())
}

async fn memory(db: &mut Db, scope: Scope, memory: Memory, slot: Option<Slot>) -> Attempt<()> {
    users::require_owner(db, scope).await?;
    let memory = Memory { user_id: scope.user(), ..memory };
    memories::require_sources(db, scope, &memory.source_message_ids).await?;
    let (key, slot) = (memories::content_key(db, &memory.content)?, memories::slot_key(db, slot.as_ref())?);
    let category = db.seal_label(&memory.category, column::MEMORY_CATEGORY)?;
    let content = db.seal(&memory.content, column::MEMORY_CONTENT)?;
    let metadata = db.seal_json(memory.metadata.as_ref(), column::MEMORY_METADATA)?;
    let bytes = stored_bytes(&[Some(&content), metadata.as_deref()]);
    let added = sqlx::query_file!(
        "sql/restore/memory.sql",
        memory.id.as_uuid(),
        memory.user_id.as_uuid(),
        memory.kind.as_str(),
        &*category,
        &*content,
        key.as_slice(),
        memory.importance,
        i64::try_from(memory.access_count).unwrap_or(i64::MAX),
        memory.last_accessed_at.map(Timestamp::to_utc),
        memory.expires_at.map(Timestamp::to_utc),
        memory.valid_from.to_utc(),
        memory.valid_to.map(Timestamp::to_utc),
        memory.superseded_by.map(|by| *by.as_uuid()),
        metadata.as_deref(),
        memory.created_at.to_utc(),
        memory.updated_at.to_utc(),
        slot.as_ref().map(<[u8; 16]>::as_slice),
        memory.pinned,
    )
    .execute(db.connection())
    .await?;
    if added.rows_affected() == 0 {
        return Err(memories::exists());
    }
    memories::added(db, &memory, bytes, Vec::new()).await
}

async fn succeed(db: &mut Db, user: Uuid, old: MemoryId, by: MemoryId) -> Attempt<bool> {
    let named = sqlx::query_file!("sql/restore/succeed.sql", old.as_uuid(), user, by.as_uuid());
    Ok(named.execute(db.connection()).await?.rows_affected() > 0)
}

#[async_trait]
impl WriteRestore for On<UnitConnection> {
    async fn session(&self, scope: &Scope, row: Session) -> Result<()> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(session(db, scope, row))).await
    }

    async fn conversation(&self, scope: &Scope, row: Conversation) -> Result<()> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(conversation(db, scope, row))).await
    }

    async fn messages(&self, scope: &Scope, messages: Vec<NewMessage>) -> Result<Vec<Message>> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(append::many(db, scope, messages, append::Target::Anywhere))).await
    }

    async fn memory(&self, scope: &Scope, row: Memory, slot: Option<Slot>) -> Result<()> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(memory(db, scope, row, slot))).await
    }

    async fn succeed(&self, scope: &Scope, old: MemoryId, by: MemoryId) -> Result<bool> {
        let user = *scope.user().as_uuid();
        self.0.write(scope, move |db| Box::pin(succeed(db, user, old, by))).await
    }
}
