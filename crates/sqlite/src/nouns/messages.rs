use async_trait::async_trait;
use jarvis_core::{
    Error, Json, Result, Scope,
    id::{ConversationId, MessageId},
    ports::store::{ReadMessages, WriteMessages},
    types::{Anchor, Message, MessagePage, MessageQuery, MessageStatus, NewMessage, Role},
};
use rusqlite::{Row, params};
use uuid::Uuid;

use super::{MAX_LIST, append, check_ids, conversations, one_more};
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
const NEWER: &str = include_str!("../../sql/messages/newer.sql");
const LATEST: &str = include_str!("../../sql/messages/latest.sql");
const POSITION: &str = include_str!("../../sql/messages/position.sql");
const PLACES: &str = include_str!("../../sql/messages/places.sql");
const STRETCHES: &str = include_str!("../../sql/messages/stretches.sql");
const ANSWER: &str = include_str!("../../sql/messages/answer.sql");

/// How far around a message can be asked for.
const MAX_REACH: u32 = 20;

/// How each status is stored.
pub(crate) const STATUSES: [(MessageStatus, &str); 3] = [
    (MessageStatus::Complete, "complete"),
    (MessageStatus::Stopped, "stopped"),
    (MessageStatus::Interrupted, "interrupted"),
];

pub(super) fn decode(db: &Db, row: &Row<'_>) -> Attempt<Message> {
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
        let latest = latest(db, conversation)?;
        Ok(MessagePage { conversation: head, messages, has_more, has_newer: query.before.is_some(), latest })
    })
}

fn window(
    db: &Db,
    scope: &Scope,
    conversation: ConversationId,
    anchor: Anchor,
    limit: u32,
) -> Attempt<Option<MessagePage>> {
    conversations::with_head(db, scope, conversation, |head| {
        let key = id(conversation.as_uuid());
        let limit = i64::from(limit.min(MAX_LIST));
        let (place, wanted) = match anchor {
            Anchor::Around(message) => (position(db, conversation, message)?, (limit + 1) / 2),
            Anchor::After(message) => (position(db, conversation, message)?, 0),
        };
        // all that may be shown on either side, and one more that tells whether there is more
        let mut older = match anchor {
            Anchor::Around(_) => db.all(PAGE, params![key, place + 1, i64::MIN, limit + 1], |row| decode(db, row))?,
            Anchor::After(_) => Vec::new(),
        };
        let mut newer = db.all(NEWER, params![key, place, limit + 1], |row| decode(db, row))?;
        let (there_older, there_newer) = (older.len() as i64, newer.len() as i64);
        let taken_newer = there_newer.min(limit - there_older.min(wanted));
        let taken_older = there_older.min(limit - taken_newer);
        older.truncate(taken_older as usize);
        newer.truncate(taken_newer as usize);
        older.reverse();
        older.append(&mut newer);
        Ok(MessagePage {
            conversation: head,
            messages: older,
            has_more: matches!(anchor, Anchor::After(_)) || there_older > taken_older,
            has_newer: there_newer > taken_newer,
            latest: latest(db, conversation)?,
        })
    })
}

/// The newest message of a conversation.
pub(super) fn latest(db: &Db, conversation: ConversationId) -> Attempt<Option<MessageId>> {
    Ok(db.first(LATEST, [id(conversation.as_uuid())], |row| row::uuid(row, 0))?.map(Into::into))
}

fn position(db: &Db, conversation: ConversationId, message: MessageId) -> Attempt<i64> {
    let params = params![id(message.as_uuid()), id(conversation.as_uuid())];
    let position = db.first(POSITION, params, |row| Ok(row.get(0)?))?;
    position.ok_or_else(|| Error::not_found("message").into())
}

/// One lookup by key for each turn, up to the beginning.
fn branch(db: &Db, scope: &Scope, leaf: MessageId, limit: u32) -> Attempt<Vec<Message>> {
    check_ids(limit as usize)?;
    let owner = owner(scope);
    let mut found: Vec<Message> = Vec::new();
    let mut next = Some(leaf);
    while let Some(message) = next.filter(|_| found.len() < limit as usize) {
        let turn = db.first(GET, params![id(message.as_uuid()), owner], |row| decode(db, row))?;
        next = turn.as_ref().and_then(|turn| turn.parent_id);
        found.extend(turn);
    }
    found.reverse();
    Ok(found)
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

/// Two statements, however many ids: where they stand, and what stands there. Surroundings overlap; every row is read
/// once.
fn around(db: &Db, scope: &Scope, ids: &[MessageId], reach: u32) -> Attempt<Vec<Message>> {
    check_ids(ids.len())?;
    if reach > MAX_REACH {
        return Err(Error::invalid("reach", format!("ask for at most {MAX_REACH} messages on either side")).into());
    }
    let asked: Vec<String> = ids.iter().map(|message| message.as_uuid().simple().to_string()).collect();
    let asked = Json::encode(&asked)?;
    db.snapshot(|db| {
        let places =
            db.all(PLACES, params![asked.as_str(), owner(scope)], |row| Ok((row::uuid(row, 0)?, row.get(1)?)))?;
        let stretches: Vec<(String, i64, i64)> = stretches(places, i64::from(reach))
            .into_iter()
            .map(|(conversation, from, to)| (conversation.simple().to_string(), from, to))
            .collect();
        db.all(STRETCHES, [Json::encode(&stretches)?.as_str()], |row| decode(db, row))
    })
}

/// What reaches from each place to either side, joined where it overlaps, ordered by conversation and position.
fn stretches(mut places: Vec<(Uuid, i64)>, reach: i64) -> Vec<(Uuid, i64, i64)> {
    places.sort_unstable();
    let mut joined: Vec<(Uuid, i64, i64)> = Vec::with_capacity(places.len());
    for (conversation, position) in places {
        let (from, to) = (position - reach, position + reach);
        match joined.last_mut() {
            Some(last) if last.0 == conversation && from <= last.2 + 1 => last.2 = to,
            _ => joined.push((conversation, from, to)),
        }
    }
    joined
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
        self.0.ask(move |db| db.snapshot(|db| page(db, &scope, conversation, &query))).await
    }

    async fn window(
        &self,
        scope: &Scope,
        conversation: ConversationId,
        anchor: Anchor,
        limit: u32,
    ) -> Result<Option<MessagePage>> {
        let scope = *scope;
        self.0.ask(move |db| db.snapshot(|db| window(db, &scope, conversation, anchor, limit))).await
    }

    async fn hydrate(&self, scope: &Scope, ids: &[MessageId]) -> Result<Vec<Message>> {
        let (scope, ids) = (*scope, ids.to_vec());
        self.0.ask(move |db| db.snapshot(|db| hydrate(db, &scope, &ids))).await
    }

    async fn around(&self, scope: &Scope, ids: &[MessageId], reach: u32) -> Result<Vec<Message>> {
        let (scope, ids) = (*scope, ids.to_vec());
        self.0.ask(move |db| around(db, &scope, &ids, reach)).await
    }

    async fn branch(&self, scope: &Scope, leaf: MessageId, limit: u32) -> Result<Vec<Message>> {
        let scope = *scope;
        self.0.ask(move |db| db.snapshot(|db| branch(db, &scope, leaf, limit))).await
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
        self.0.write(|db| append::many(db, scope, messages, append::Target::InUse))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_that_touch_are_one() {
        let (a, b) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let places = vec![(b, 5), (a, 20), (a, 3), (a, 8), (a, 3)];
        assert_eq!(stretches(places, 2), [(a, 1, 10), (a, 18, 22), (b, 3, 7)]);
    }
}
