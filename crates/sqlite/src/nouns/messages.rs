use async_trait::async_trait;
use jarvis_core::{
    Error, Json, Result, Scope,
    id::{ConversationId, MessageId},
    ports::store::{ReadMessages, WriteMessages},
    types::{Message, MessagePage, MessageQuery, MessageStatus, NewMessage, Role},
};
use rusqlite::{Row, params};

use super::{append, check_ids, conversations, one_more};
use crate::{
    db::{Db, column, id, owner},
    error::Attempt,
    row,
    run::{On, Run},
    unit::UnitConnection,
};

const GET: &str = include_str!("../../sql/messages/get.sql");
const GET_VISIBLE: &str = include_str!("../../sql/messages/get_visible.sql");
const PAGE: &str = include_str!("../../sql/messages/page.sql");
const POSITION: &str = include_str!("../../sql/messages/position.sql");
const AROUND: &str = include_str!("../../sql/messages/around.sql");
const ANSWER: &str = include_str!("../../sql/messages/answer.sql");

/// How far around a message can be asked for.
const MAX_REACH: u32 = 20;

/// How each status is stored.
pub(crate) const STATUSES: [(MessageStatus, &str); 2] =
    [(MessageStatus::Complete, "complete"), (MessageStatus::Interrupted, "interrupted")];

fn decode(db: &Db, row: &Row<'_>) -> Attempt<Message> {
    Ok(Message {
        id: row::uuid(row, 0)?.into(),
        conversation_id: row::uuid(row, 1)?.into(),
        position: row.get(2)?,
        parent_id: row::uuid_opt(row, 3)?.map(Into::into),
        role: row::word(row, 4, Role::parse)?,
        author: db.open_opt(row, 5, column::MESSAGE_AUTHOR)?,
        content: db.open(row, 6, column::MESSAGE_CONTENT)?,
        parts: db.open_json(row, 7, column::MESSAGE_PARTS)?,
        tokens: row.get(8)?,
        model: row.get(9)?,
        status: row::word(row, 10, |word| row::parse(&STATUSES, word))?,
        recall_score: row.get(11)?,
        metadata: db.open_json(row, 12, column::MESSAGE_METADATA)?,
        created_at: row::time(row, 13)?,
    })
}

fn page(db: &Db, scope: &Scope, conversation: ConversationId, query: &MessageQuery) -> Attempt<Option<MessagePage>> {
    conversations::with_head(db, scope, conversation, |head| {
        let before = match query.before {
            Some(message) => position(db, conversation, message)?,
            None => i64::MAX,
        };
        let since = query.since.map_or(i64::MIN, jarvis_core::Timestamp::as_micros);
        let rows = one_more(query.limit);
        let params = params![id(conversation.as_uuid()), before, since, rows];
        let mut messages = db.all(PAGE, params, |row| decode(db, row))?;
        let has_more = messages.len() as i64 == rows;
        if has_more {
            messages.pop();
        }
        messages.reverse();
        Ok(MessagePage { conversation: head, messages, has_more })
    })
}

fn position(db: &Db, conversation: ConversationId, message: MessageId) -> Attempt<i64> {
    let params = params![id(message.as_uuid()), id(conversation.as_uuid())];
    let position = db.first(POSITION, params, |row| Ok(row.get(0)?))?;
    position.ok_or_else(|| Error::not_found("message").into())
}

/// One lookup by key each: within the process that costs less than a temporary table of the ids would.
fn hydrate(db: &Db, scope: &Scope, ids: &[MessageId]) -> Attempt<Vec<Message>> {
    check_ids(ids.len())?;
    let owner = owner(scope);
    let mut found = Vec::with_capacity(ids.len());
    for message in ids {
        found.extend(db.first(GET_VISIBLE, params![id(message.as_uuid()), owner], |row| decode(db, row))?);
    }
    Ok(found)
}

/// One statement for all ids.
fn around(db: &Db, scope: &Scope, ids: &[MessageId], reach: u32) -> Attempt<Vec<Message>> {
    check_ids(ids.len())?;
    if reach > MAX_REACH {
        return Err(Error::invalid("reach", format!("ask for at most {MAX_REACH} messages on either side")).into());
    }
    let asked: Vec<String> = ids.iter().map(|message| message.as_uuid().simple().to_string()).collect();
    let asked = Json::encode(&asked)?;
    let reach = i64::from(reach);
    let away = Json::encode(&(-reach..=reach).collect::<Vec<_>>())?;
    let params = params![asked.as_str(), owner(scope), away.as_str()];
    let mut found = db.all(AROUND, params, |row| decode(db, row))?;
    found.sort_unstable_by_key(|message| (message.conversation_id, message.position));
    Ok(found)
}

#[async_trait]
impl<R: Run> ReadMessages for On<R> {
    async fn get(&self, scope: &Scope, message: MessageId) -> Result<Option<Message>> {
        let scope = *scope;
        self.0.ask(move |db| db.first(GET, params![id(message.as_uuid()), owner(&scope)], |row| decode(db, row))).await
    }

    async fn page(
        &self,
        scope: &Scope,
        conversation: ConversationId,
        query: &MessageQuery,
    ) -> Result<Option<MessagePage>> {
        let (scope, query) = (*scope, query.clone());
        self.0.ask(move |db| page(db, &scope, conversation, &query)).await
    }

    async fn hydrate(&self, scope: &Scope, ids: &[MessageId]) -> Result<Vec<Message>> {
        let (scope, ids) = (*scope, ids.to_vec());
        self.0.ask(move |db| db.snapshot(|db| hydrate(db, &scope, &ids))).await
    }

    async fn around(&self, scope: &Scope, ids: &[MessageId], reach: u32) -> Result<Vec<Message>> {
        let (scope, ids) = (*scope, ids.to_vec());
        self.0.ask(move |db| around(db, &scope, &ids, reach)).await
    }

    async fn answer_to(&self, scope: &Scope, message: MessageId) -> Result<Option<Message>> {
        let scope = *scope;
        self.0
            .ask(move |db| db.first(ANSWER, params![id(message.as_uuid()), owner(&scope)], |row| decode(db, row)))
            .await
    }
}

#[async_trait]
impl WriteMessages for On<UnitConnection> {
    async fn append(&self, scope: &Scope, message: NewMessage) -> Result<Message> {
        self.0.write(|db| append::one(db, scope, message))
    }

    async fn append_all(&self, scope: &Scope, messages: Vec<NewMessage>) -> Result<Vec<Message>> {
        self.0.write(|db| append::many(db, scope, messages))
    }
}
