//! All that a person owns, page by page in the order it was made.

use async_trait::async_trait;
use jarvis_core::{
    Json, Result, Scope,
    id::{ConversationId, MemoryId},
    ports::store::ReadOwned,
    types::{Conversation, Cursor, Message, OwnedMemory, Role, Session, TurnPlace},
};
use rusqlite::params;

use super::{MAX_LIST, conversations, memories, messages, sessions};
use crate::{
    db::{Db, id},
    error::Attempt,
    row,
    run::{On, Run},
};

const SESSIONS: &str = include_str!("../../sql/owned/sessions.sql");
const CONVERSATIONS: &str = include_str!("../../sql/owned/conversations.sql");
const MESSAGES: &str = include_str!("../../sql/owned/messages.sql");
const MEMORIES: &str = include_str!("../../sql/owned/memories.sql");
const SOURCES: &str = include_str!("../../sql/owned/sources.sql");
const SUPERSEDED: &str = include_str!("../../sql/owned/superseded.sql");
const TURNS: &str = include_str!("../../sql/owned/turns.sql");

/// Bytes of text from which on a page is full.
const MAX_BYTES: usize = 1024 * 1024;

/// Where an ascending list begins: behind the cursor, or before everything.
fn start(after: Option<Cursor>) -> (i64, Vec<u8>) {
    // ids are compared as bytes, and the empty one is before all of them
    after.map_or((i64::MIN, Vec::new()), |cursor| (cursor.at.as_micros(), cursor.id.as_bytes().to_vec()))
}

fn length(text: Option<&String>) -> usize {
    text.map_or(0, String::len)
}

fn json(json: Option<&Json>) -> usize {
    json.map_or(0, |json| json.as_str().len())
}

fn sessions(db: &Db, scope: &Scope, after: Option<Cursor>, limit: u32) -> Attempt<Vec<Session>> {
    let (at, behind) = start(after);
    let size = |row: &Session| {
        length(row.role.as_ref())
            + length(row.goals.as_ref())
            + length(row.template.as_ref())
            + json(row.metadata.as_ref())
    };
    let params = params![id(scope.user().as_uuid()), at, behind, limit.min(MAX_LIST)];
    db.all_within(SESSIONS, params, MAX_BYTES, size, |row| sessions::decode(db, row))
}

fn conversations(db: &Db, scope: &Scope, after: Option<Cursor>, limit: u32) -> Attempt<Vec<Conversation>> {
    let (at, behind) = start(after);
    let size = |row: &Conversation| length(row.summary.as_ref()) + json(row.metadata.as_ref());
    let params = params![id(scope.user().as_uuid()), at, behind, limit.min(MAX_LIST)];
    db.all_within(CONVERSATIONS, params, MAX_BYTES, size, |row| conversations::decode(db, row))
}

fn messages(db: &Db, scope: &Scope, conversation: ConversationId, after: i64, limit: u32) -> Attempt<Vec<Message>> {
    let size = |row: &Message| row.content.len() + json(row.parts.as_ref()) + json(row.metadata.as_ref());
    let params = params![id(conversation.as_uuid()), after, id(scope.user().as_uuid()), limit.min(MAX_LIST)];
    db.all_within(MESSAGES, params, MAX_BYTES, size, |row| messages::decode(db, row))
}

fn memories(db: &Db, scope: &Scope, after: Option<Cursor>, limit: u32) -> Attempt<Vec<OwnedMemory>> {
    let (at, behind) = start(after);
    let size = |row: &OwnedMemory| row.memory.content.len() + json(row.memory.metadata.as_ref());
    let params = params![id(scope.user().as_uuid()), at, behind, limit.min(MAX_LIST)];
    db.all_within(MEMORIES, params, MAX_BYTES, size, |row| {
        let memory = memories::decode(db, row)?;
        let key = id(memory.id.as_uuid());
        let sources = db.all(SOURCES, [key], |row| Ok((row::uuid(row, 0)?.into(), row::uuid(row, 1)?.into())))?;
        let supersedes: Vec<MemoryId> = db.all(SUPERSEDED, [key], |row| Ok(row::uuid(row, 0)?.into()))?;
        Ok(OwnedMemory { memory, sources, supersedes })
    })
}

fn turns(db: &Db, scope: &Scope, conversation: ConversationId) -> Attempt<Vec<TurnPlace>> {
    db.all(TURNS, params![id(conversation.as_uuid()), id(scope.user().as_uuid())], |row| {
        Ok(TurnPlace {
            id: row::uuid(row, 0)?.into(),
            parent_id: row::uuid_opt(row, 1)?.map(Into::into),
            position: row.get(2)?,
            role: row::word(row, 3, Role::parse)?,
            created_at: row::time(row, 4)?,
        })
    })
}

#[async_trait]
impl<R: Run> ReadOwned for On<R> {
    async fn sessions(&self, scope: &Scope, after: Option<Cursor>, limit: u32) -> Result<Vec<Session>> {
        let scope = *scope;
        self.0.ask(move |db| sessions(db, &scope, after, limit)).await
    }

    async fn conversations(&self, scope: &Scope, after: Option<Cursor>, limit: u32) -> Result<Vec<Conversation>> {
        let scope = *scope;
        self.0.ask(move |db| conversations(db, &scope, after, limit)).await
    }

    async fn messages(
        &self,
        scope: &Scope,
        conversation: ConversationId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<Message>> {
        let scope = *scope;
        self.0.ask(move |db| messages(db, &scope, conversation, after, limit)).await
    }

    async fn memories(&self, scope: &Scope, after: Option<Cursor>, limit: u32) -> Result<Vec<OwnedMemory>> {
        let scope = *scope;
        self.0.ask(move |db| db.snapshot(|db| memories(db, &scope, after, limit))).await
    }

    async fn turns(&self, scope: &Scope, conversation: ConversationId) -> Result<Vec<TurnPlace>> {
        let scope = *scope;
        self.0.ask(move |db| turns(db, &scope, conversation)).await
    }
}
