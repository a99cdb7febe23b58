//! All that a person owns, page by page in the order it was made.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use jarvis_core::{
    Result, Scope, Timestamp,
    id::ConversationId,
    ports::store::ReadOwned,
    types::{Conversation, Cursor, Message, MessageStatus, OwnedMemory, Role, Session, TurnPlace},
};
use std::time::Duration;
use uuid::Uuid;

use super::{
    MAX_LIST,
    conversations::{self, ConversationRow},
    memories::{self, MemoryRow},
    messages::{self, MessageRow},
    sessions::{self, SessionRow},
};
use crate::{
    db::Db,
    error::Attempt,
    row::{self, Word},
    run::{On, Run},
};

/// Bytes of text from which on a page is full. The server measures, so that no more than a page is ever sent.
const MAX_BYTES: i64 = 1024 * 1024;

/// Where an ascending list begins: behind the cursor, or before everything.
fn start(after: Option<Cursor>) -> (DateTime<Utc>, Uuid) {
    let before_all = || (Timestamp::from_micros(i64::MIN).to_utc() - Duration::from_hours(24), Uuid::nil());
    after.map_or_else(before_all, |cursor| (cursor.at.to_utc(), cursor.id))
}

fn rows(limit: u32) -> i64 {
    i64::from(limit.min(MAX_LIST))
}

async fn sessions(db: &mut Db, scope: Scope, after: Option<Cursor>, limit: u32) -> Attempt<Vec<Session>> {
    let (user, (at, behind)) = (scope.user(), start(after));
    let found =
        sqlx::query_file_as!(SessionRow, "sql/owned/sessions.sql", user.as_uuid(), at, behind, rows(limit), MAX_BYTES,)
            .fetch_all(db.connection())
            .await?;
    found.into_iter().map(|row| sessions::decode(db, row)).collect()
}

async fn conversations(db: &mut Db, scope: Scope, after: Option<Cursor>, limit: u32) -> Attempt<Vec<Conversation>> {
    let (user, (at, behind)) = (scope.user(), start(after));
    let found = sqlx::query_file_as!(
        ConversationRow,
        "sql/owned/conversations.sql",
        user.as_uuid(),
        at,
        behind,
        rows(limit),
        MAX_BYTES,
    )
    .fetch_all(db.connection())
    .await?;
    found.into_iter().map(|row| conversations::decode(db, row)).collect()
}

async fn messages(
    db: &mut Db,
    scope: Scope,
    conversation: ConversationId,
    after: i64,
    limit: u32,
) -> Attempt<Vec<Message>> {
    let user = scope.user();
    let found = sqlx::query_file_as!(
        MessageRow,
        "sql/owned/messages.sql",
        conversation.as_uuid(),
        after,
        user.as_uuid(),
        rows(limit),
        MAX_BYTES,
    )
    .fetch_all(db.connection())
    .await?;
    found.into_iter().map(|row| messages::decode(db, row)).collect()
}

async fn memories(db: &mut Db, scope: Scope, after: Option<Cursor>, limit: u32) -> Attempt<Vec<OwnedMemory>> {
    let (user, (at, behind)) = (scope.user(), start(after));
    let found = sqlx::query_file!("sql/owned/memories.sql", user.as_uuid(), at, behind, rows(limit), MAX_BYTES)
        .fetch_all(db.connection())
        .await?;
    let mut owned = Vec::with_capacity(found.len());
    for row in found {
        let sources = row.conversations.into_iter().map(Into::into);
        let sources = sources.zip(row.sources.iter().copied().map(Into::into)).collect();
        let supersedes = row.supersedes.into_iter().map(Into::into).collect();
        let memory = memories::decode(
            db,
            MemoryRow {
                id: row.id,
                user_id: row.user_id,
                kind: row.kind,
                category: row.category,
                content: row.content,
                importance: row.importance,
                access_count: row.access_count,
                last_accessed_at: row.last_accessed_at,
                expires_at: row.expires_at,
                valid_from: row.valid_from,
                valid_to: row.valid_to,
                superseded_by: row.superseded_by,
                metadata: row.metadata,
                created_at: row.created_at,
                updated_at: row.updated_at,
                pinned: row.pinned,
                sources: row.sources,
            },
        )?;
        owned.push(OwnedMemory { memory, sources, supersedes });
    }
    Ok(owned)
}

async fn turns(db: &mut Db, scope: Scope, conversation: ConversationId) -> Attempt<Vec<TurnPlace>> {
    let user = scope.user();
    let found = sqlx::query_file!("sql/owned/turns.sql", conversation.as_uuid(), user.as_uuid())
        .fetch_all(db.connection())
        .await?;
    found
        .into_iter()
        .map(|row| {
            Ok(TurnPlace {
                id: row.id.into(),
                parent_id: row.parent_id.map(Into::into),
                position: row.position,
                role: row::word(&row.role, Role::parse)?,
                created_at: row::time(row.created_at),
            })
        })
        .collect()
}

#[async_trait]
impl<R: Run> ReadOwned for On<R> {
    async fn sessions(&self, scope: &Scope, after: Option<Cursor>, limit: u32) -> Result<Vec<Session>> {
        let scope = *scope;
        self.0.ask(scope, move |db| Box::pin(sessions(db, scope, after, limit))).await
    }

    async fn conversations(&self, scope: &Scope, after: Option<Cursor>, limit: u32) -> Result<Vec<Conversation>> {
        let scope = *scope;
        self.0.ask(scope, move |db| Box::pin(conversations(db, scope, after, limit))).await
    }

    async fn messages(
        &self,
        scope: &Scope,
        conversation: ConversationId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<Message>> {
        let scope = *scope;
        self.0.ask(scope, move |db| Box::pin(messages(db, scope, conversation, after, limit))).await
    }

    async fn memories(&self, scope: &Scope, after: Option<Cursor>, limit: u32) -> Result<Vec<OwnedMemory>> {
        let scope = *scope;
        self.0.ask(scope, move |db| Box::pin(memories(db, scope, after, limit))).await
    }

    async fn turns(&self, scope: &Scope, conversation: ConversationId) -> Result<Vec<TurnPlace>> {
        let scope = *scope;
        self.0.ask(scope, move |db| Box::pin(turns(db, scope, conversation))).await
    }
}
