use async_trait::async_trait;
use chrono::{DateTime, Utc};
use jarvis_core::{
    Error, Result, Scope,
    id::{ConversationId, MessageId},
    ports::store::{ReadMessages, WriteMessages},
    types::{Anchor, Conversation, Message, MessagePage, MessageQuery, MessageStatus, NewMessage, Role},
};
use uuid::Uuid;

use super::{
    MAX_LIST, append, check_ids, conversations, conversations::ConversationRow, latest_page::latest_page, one_more,
};
use crate::{
    db::{Db, column, owner},
    error::Attempt,
    row::{self, FromWord, Word},
    run::{On, Run},
    unit::UnitConnection,
};

/// How far around a message can be asked for.
const MAX_REACH: u32 = 20;

/// How each status is stored.
pub(crate) const STATUSES: [(MessageStatus, &str); 3] = [
    (MessageStatus::Complete, "complete"),
    (MessageStatus::Stopped, "stopped"),
    (MessageStatus::Interrupted, "interrupted"),
];

impl FromWord for Role {
    fn from_word(word: &str) -> Option<Self> {
        Self::parse(word)
    }
}

impl FromWord for MessageStatus {
    fn from_word(word: &str) -> Option<Self> {
        row::parse(&STATUSES, word)
    }
}

pub(super) struct MessageRow {
    pub(super) id: Uuid,
    pub(super) conversation_id: Uuid,
    pub(super) position: i64,
    pub(super) parent_id: Option<Uuid>,
    pub(super) role: Word<Role>,
    pub(super) author: Option<Vec<u8>>,
    pub(super) content: Vec<u8>,
    pub(super) parts: Option<Vec<u8>>,
    pub(super) tokens: Option<i64>,
    pub(super) model: Option<String>,
    pub(super) status: Word<MessageStatus>,
    pub(super) recall_score: Option<f32>,
    pub(super) metadata: Option<Vec<u8>>,
    pub(super) created_at: DateTime<Utc>,
}

pub(super) fn decode(db: &Db, row: MessageRow) -> Attempt<Message> {
    let tokens = row.tokens.map(u32::try_from).transpose().map_err(|_| row::undecodable("a number of tokens"))?;
    Ok(Message {
        id: row.id.into(),
        conversation_id: row.conversation_id.into(),
        position: row.position,
        parent_id: row.parent_id.map(Into::into),
        role: row.role.0,
        author: db.open_opt(row.author, column::MESSAGE_AUTHOR)?,
        content: db.open(row.content, column::MESSAGE_CONTENT)?,
        parts: db.open_json(row.parts, column::MESSAGE_PARTS)?,
        tokens,
        model: row.model,
        status: row.status.0,
        recall_score: row.recall_score,
        metadata: db.open_json(row.metadata, column::MESSAGE_METADATA)?,
        created_at: row::time(row.created_at),
    })
}

fn decode_all(db: &Db, rows: Vec<MessageRow>) -> Attempt<Vec<Message>> {
    rows.into_iter().map(|row| decode(db, row)).collect()
}

async fn get(db: &mut Db, scope: Scope, message: MessageId) -> Attempt<Option<Message>> {
    let found = sqlx::query_file_as!(MessageRow, "sql/messages/get.sql", message.as_uuid(), owner(scope));
    let found = found.fetch_optional(db.connection()).await?;
    found.map(|row| decode(db, row)).transpose()
}

/// A conversation as it was when a page of it was begun. What is said after that is behind `last_position`, so the page agrees
/// with its head without a transaction around both.
struct Head {
    conversation: Conversation,
    last_position: i64,
    latest: Option<MessageId>,
    /// Where the message asked for stands.
    place: Option<i64>,
}

async fn head(
    db: &mut Db,
    scope: Scope,
    conversation: ConversationId,
    message: Option<MessageId>,
) -> Attempt<Option<Head>> {
    let (key, message) = (conversation.as_uuid(), message.map(|message| *message.as_uuid()));
    let found = sqlx::query_file!("sql/messages/page_head.sql", key, owner(scope), message);
    let Some(row) = found.fetch_optional(db.connection()).await? else { return Ok(None) };
    if message.is_some() && row.place.is_none() {
        return Err(Error::not_found("message").into());
    }
    let conversation = ConversationRow {
        id: row.id,
        user_id: row.user_id,
        session_id: row.session_id,
        title: row.title,
        summary: row.summary,
        status: row.status,
        message_count: row.message_count,
        metadata: row.metadata,
        created_at: row.created_at,
        updated_at: row.updated_at,
        active_at: row.active_at,
        summary_until: row.summary_until,
    };
    let conversation = conversations::decode(db, conversation)?;
    let latest = row.latest.map(Into::into);
    Ok(Some(Head { conversation, last_position: row.last_position, latest, place: row.place }))
}

/// Messages before a position, newest first.
async fn before(
    db: &mut Db,
    head: &Head,
    position: i64,
    since: Option<DateTime<Utc>>,
    rows: i64,
) -> Attempt<Vec<Message>> {
    let position = position.min(head.last_position + 1);
    let found = sqlx::query_file_as!(
        MessageRow,
        "sql/messages/page.sql",
        head.conversation.id.as_uuid(),
        position,
        since,
        rows
    );
    let found = found.fetch_all(db.connection()).await?;
    decode_all(db, found)
}

/// Messages that were said before one, and since a moment, newest first.
async fn older(
    db: &mut Db,
    scope: Scope,
    conversation: ConversationId,
    query: &MessageQuery,
    rows: i64,
) -> Attempt<Option<(Head, Vec<Message>)>> {
    let Some(head) = head(db, scope, conversation, query.before).await? else { return Ok(None) };
    let since = query.since.map(jarvis_core::Timestamp::to_utc);
    let messages = before(db, &head, head.place.unwrap_or(i64::MAX), since, rows).await?;
    Ok(Some((head, messages)))
}

async fn page(
    db: &mut Db,
    scope: Scope,
    conversation: ConversationId,
    query: MessageQuery,
) -> Attempt<Option<MessagePage>> {
    let rows = one_more(query.limit);
    let of_latest = if query.before.is_none() && query.since.is_none() {
        latest_page(db, scope, conversation, rows).await?
    } else {
        None
    };
    let (conversation, latest, mut messages) = if let Some((conversation, messages)) = of_latest {
        (conversation, messages.first().map(|message| message.id), messages)
    } else {
        // in a place of its own: the newest page, which is read most, would be as large
        let Some((head, messages)) = Box::pin(older(db, scope, conversation, &query, rows)).await? else {
            return Ok(None);
        };
        (head.conversation, head.latest, messages)
    };
    let has_more = messages.len() as i64 == rows;
    if has_more {
        messages.pop();
    }
    messages.reverse();
    Ok(Some(MessagePage { conversation, messages, has_more, has_newer: query.before.is_some(), latest }))
}

async fn window(
    db: &mut Db,
    scope: Scope,
    conversation: ConversationId,
    anchor: Anchor,
    limit: u32,
) -> Attempt<Option<MessagePage>> {
    let (Anchor::Around(message) | Anchor::After(message)) = anchor;
    let Some(head) = head(db, scope, conversation, Some(message)).await? else { return Ok(None) };
    let (place, limit) = (head.place.unwrap_or_default(), i64::from(limit.min(MAX_LIST)));
    // all that may be shown on either side, and one more that tells whether there is more
    let (mut older, wanted) = match anchor {
        Anchor::Around(_) => (before(db, &head, place + 1, None, limit + 1).await?, (limit + 1) / 2),
        Anchor::After(_) => (Vec::new(), 0),
    };
    let newer = sqlx::query_file_as!(
        MessageRow,
        "sql/messages/newer.sql",
        conversation.as_uuid(),
        place,
        head.last_position,
        limit + 1
    );
    let newer = newer.fetch_all(db.connection()).await?;
    let mut newer = decode_all(db, newer)?;
    let (there_older, there_newer) = (older.len() as i64, newer.len() as i64);
    let taken_newer = there_newer.min(limit - there_older.min(wanted));
    let taken_older = there_older.min(limit - taken_newer);
    older.truncate(taken_older as usize);
    newer.truncate(taken_newer as usize);
    older.reverse();
    older.append(&mut newer);
    Ok(Some(MessagePage {
        conversation: head.conversation,
        messages: older,
        has_more: matches!(anchor, Anchor::After(_)) || there_older > taken_older,
        has_newer: there_newer > taken_newer,
        latest: head.latest,
    }))
}

async fn hydrate(db: &mut Db, scope: Scope, ids: Vec<Uuid>) -> Attempt<Vec<Message>> {
    check_ids(ids.len())?;
    let found = sqlx::query_file_as!(MessageRow, "sql/messages/hydrate.sql", &ids, owner(scope));
    let found = found.fetch_all(db.connection()).await?;
    decode_all(db, found)
}

async fn around(db: &mut Db, scope: Scope, ids: Vec<Uuid>, reach: u32) -> Attempt<Vec<Message>> {
    check_ids(ids.len())?;
    if reach > MAX_REACH {
        return Err(Error::invalid("reach", format!("ask for at most {MAX_REACH} messages on either side")).into());
    }
    let found = sqlx::query_file_as!(MessageRow, "sql/messages/around.sql", &ids, owner(scope), i64::from(reach));
    let found = found.fetch_all(db.connection()).await?;
    decode_all(db, found)
}

async fn branch(db: &mut Db, scope: Scope, leaf: MessageId, limit: u32) -> Attempt<Vec<Message>> {
    check_ids(limit as usize)?;
    let limit = i64::from(limit);
    let found = sqlx::query_file_as!(MessageRow, "sql/messages/branch.sql", leaf.as_uuid(), owner(scope), limit);
    let found = found.fetch_all(db.connection()).await?;
    decode_all(db, found)
}

async fn answer_to(db: &mut Db, scope: Scope, message: MessageId) -> Attempt<Option<Message>> {
    let found = sqlx::query_file_as!(MessageRow, "sql/messages/answer.sql", message.as_uuid(), owner(scope));
    let found = found.fetch_optional(db.connection()).await?;
    found.map(|row| decode(db, row)).transpose()
}

fn keys(ids: &[MessageId]) -> Vec<Uuid> {
    ids.iter().map(|id| *id.as_uuid()).collect()
}

#[async_trait]
impl<R: Run> ReadMessages for On<R> {
    async fn get(&self, scope: &Scope, message: MessageId) -> Result<Option<Message>> {
        let scope = *scope;
        self.0.ask(scope, move |db| Box::pin(get(db, scope, message))).await
    }

    async fn page(
        &self,
        scope: &Scope,
        conversation: ConversationId,
        query: &MessageQuery,
    ) -> Result<Option<MessagePage>> {
        let (scope, query) = (*scope, query.clone());
        self.0.ask(scope, move |db| Box::pin(page(db, scope, conversation, query.clone()))).await
    }

    async fn window(
        &self,
        scope: &Scope,
        conversation: ConversationId,
        anchor: Anchor,
        limit: u32,
    ) -> Result<Option<MessagePage>> {
        let scope = *scope;
        self.0.ask(scope, move |db| Box::pin(window(db, scope, conversation, anchor, limit))).await
    }

    async fn hydrate(&self, scope: &Scope, ids: &[MessageId]) -> Result<Vec<Message>> {
        let (scope, ids) = (*scope, keys(ids));
        self.0.ask(scope, move |db| Box::pin(hydrate(db, scope, ids.clone()))).await
    }

    async fn around(&self, scope: &Scope, ids: &[MessageId], reach: u32) -> Result<Vec<Message>> {
        let (scope, ids) = (*scope, keys(ids));
        self.0.ask(scope, move |db| Box::pin(around(db, scope, ids.clone(), reach))).await
    }

    async fn branch(&self, scope: &Scope, leaf: MessageId, limit: u32) -> Result<Vec<Message>> {
        let scope = *scope;
        self.0.ask(scope, move |db| Box::pin(branch(db, scope, leaf, limit))).await
    }

    async fn answer_to(&self, scope: &Scope, message: MessageId) -> Result<Option<Message>> {
        let scope = *scope;
        self.0.ask(scope, move |db| Box::pin(answer_to(db, scope, message))).await
    }
}

#[async_trait]
impl WriteMessages for On<UnitConnection> {
    async fn append(&self, scope: &Scope, message: NewMessage) -> Result<Message> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(append::one(db, scope, message))).await
    }

    async fn append_all(&self, scope: &Scope, messages: Vec<NewMessage>) -> Result<Vec<Message>> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(append::many(db, scope, messages, append::Target::InUse))).await
    }
}
