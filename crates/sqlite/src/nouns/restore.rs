//! Rows as they once were.

use async_trait::async_trait;
use jarvis_core::{
    Result, Scope, Timestamp,
    id::MemoryId,
    ports::store::WriteRestore,
    types::{Conversation, Memory, Message, NewMessage, Session, Slot},
};
use rusqlite::params;

use super::{append, conversations, memories, sessions, stats, users};
use crate::{
    counters::Growth,
    db::{Db, column, id},
    error::Attempt,
    row,
    run::On,
    unit::UnitConnection,
};

const SESSION: &str = include_str!("../../sql/restore/session.sql");
const CONVERSATION: &str = include_str!("../../sql/restore/conversation.sql");
const MEMORY: &str = include_str!("../../sql/restore/memory.sql");
const SUCCEED: &str = include_str!("../../sql/restore/succeed.sql");

fn session(db: &Db, scope: &Scope, session: &Session) -> Attempt<()> {
    users::require_owner(db, scope)?;
    let params = params![
        id(session.id.as_uuid()),
        id(scope.user().as_uuid()),
        db.seal(&session.name, column::SESSION_NAME)?,
        db.seal_opt(session.role.as_deref(), column::SESSION_ROLE)?,
        db.seal_opt(session.goals.as_deref(), column::SESSION_GOALS)?,
        db.seal_opt(session.template.as_deref(), column::SESSION_TEMPLATE)?,
        row::name(&sessions::STATUSES, session.status),
        db.seal_json(session.metadata.as_ref(), column::SESSION_METADATA)?,
        session.created_at.as_micros(),
        session.updated_at.as_micros(),
    ];
    db.execute(SESSION, params)?;
    sessions::grown(db, session.id, 0)
}

fn conversation(db: &Db, scope: &Scope, head: &Conversation) -> Attempt<()> {
    users::require_owner(db, scope)?;
    if let Some(session) = head.session_id {
        sessions::require(db, scope, session)?;
    }
    let params = params![
        id(head.id.as_uuid()),
        id(scope.user().as_uuid()),
        head.session_id.map(|session| id(session.as_uuid())),
        db.seal(&head.title, column::CONVERSATION_TITLE)?,
        db.seal_opt(head.summary.as_deref(), column::CONVERSATION_SUMMARY)?,
        row::name(&conversations::STATUSES, head.status),
        db.seal_json(head.metadata.as_ref(), column::CONVERSATION_METADATA)?,
        head.created_at.as_micros(),
        head.updated_at.as_micros(),
        head.active_at.as_micros(),
    ];
    db.execute(CONVERSATION, params)?;
    conversations::grown(db, head.id, 0)?;
    stats::add_conversations(db, scope.user(), head.status, 1);
    stats::grow(db, Growth { conversations: 1, ..Growth::default() }).map(drop)
}

fn memory(db: &Db, scope: &Scope, memory: Memory, slot: Option<&Slot>) -> Attempt<()> {
    users::require_owner(db, scope)?;
    let memory = Memory { user_id: scope.user(), ..memory };
    memories::require_sources(db, scope, &memory.source_message_ids)?;
    let params = params![
        id(memory.id.as_uuid()),
        id(memory.user_id.as_uuid()),
        memory.kind.as_str(),
        db.seal_label(&memory.category, column::MEMORY_CATEGORY)?,
        db.seal(&memory.content, column::MEMORY_CONTENT)?,
        memories::content_key(db, &memory.content)?,
        memory.importance,
        i64::try_from(memory.access_count).unwrap_or(i64::MAX),
        memory.last_accessed_at.map(Timestamp::as_micros),
        memory.expires_at.map(Timestamp::as_micros),
        memory.valid_from.as_micros(),
        memory.valid_to.map(Timestamp::as_micros),
        memory.superseded_by.map(|by| id(by.as_uuid())),
        db.seal_json(memory.metadata.as_ref(), column::MEMORY_METADATA)?,
        memory.created_at.as_micros(),
        memory.updated_at.as_micros(),
        memories::slot_key(db, slot)?,
        memory.pinned,
    ];
    db.execute(MEMORY, params)?;
    memories::added(db, &memory)
}

fn succeed(db: &Db, scope: &Scope, old: MemoryId, by: MemoryId) -> Attempt<bool> {
    let params = params![id(old.as_uuid()), id(scope.user().as_uuid()), id(by.as_uuid())];
    Ok(db.execute(SUCCEED, params)? > 0)
}

#[async_trait]
impl WriteRestore for On<UnitConnection> {
    async fn session(&self, scope: &Scope, row: Session) -> Result<()> {
        self.0.write(|db| session(db, scope, &row))
    }

    async fn conversation(&self, scope: &Scope, row: Conversation) -> Result<()> {
        self.0.write(|db| conversation(db, scope, &row))
    }

    async fn messages(&self, scope: &Scope, messages: Vec<NewMessage>) -> Result<Vec<Message>> {
        self.0.write(|db| append::many(db, scope, messages, append::Target::Anywhere))
    }

    async fn memory(&self, scope: &Scope, row: Memory, slot: Option<Slot>) -> Result<()> {
        self.0.write(|db| memory(db, scope, row, slot.as_ref()))
    }

    async fn succeed(&self, scope: &Scope, old: MemoryId, by: MemoryId) -> Result<bool> {
        self.0.write(|db| succeed(db, scope, old, by))
    }
}
