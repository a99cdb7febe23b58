use async_trait::async_trait;
use jarvis_core::{
    Error, Result, Scope, Timestamp,
    id::{ConversationId, MessageId, UserId},
    ports::store::{ReadConversations, WriteConversations},
    types::{
        Conversation, ConversationPatch, ConversationQuery, ConversationStatus, Cursor, Erased, NewConversation, Page,
    },
};
use rusqlite::{Row, params};

use super::{activity, foreign_ids, memories, one_more, outbox, outbox::Change, page, sessions, stats, users};
use crate::{
    counters::Growth,
    db::{Db, column, id, owner},
    error::Attempt,
    row,
    run::{On, Run},
    unit::UnitConnection,
};

const GET: &str = include_str!("../../sql/conversations/get.sql");
const LIST: &str = include_str!("../../sql/conversations/list.sql");
const LIST_BY_TITLE: &str = include_str!("../../sql/conversations/list_by_title.sql");
const LIST_IN_SESSION: &str = include_str!("../../sql/conversations/list_in_session.sql");
const LIST_ALL: &str = include_str!("../../sql/conversations/list_all.sql");
const COUNT_BY_TITLE: &str = include_str!("../../sql/conversations/count_by_title.sql");
const COUNT_IN_SESSION: &str = include_str!("../../sql/conversations/count_in_session.sql");
const COUNT_ALL: &str = include_str!("../../sql/conversations/count_all.sql");
const INSERT: &str = include_str!("../../sql/conversations/insert.sql");
const UPDATE: &str = include_str!("../../sql/conversations/update.sql");
const SET_SUMMARY: &str = include_str!("../../sql/conversations/set_summary.sql");
const SIZE: &str = include_str!("../../sql/conversations/size.sql");
const IS_IN: &str = include_str!("../../sql/messages/is_in.sql");
const DELETE: &str = include_str!("../../sql/conversations/delete.sql");
const SIZE_OF_MESSAGES: &str = include_str!("../../sql/messages/size_of_conversation.sql");
const DELETE_MESSAGES: &str = include_str!("../../sql/messages/delete_of_conversation.sql");

/// How each status is stored; statements that leave the bin out name `deleted` themselves.
pub(crate) const STATUSES: [(ConversationStatus, &str); 3] = [
    (ConversationStatus::Open, "open"),
    (ConversationStatus::Archived, "archived"),
    (ConversationStatus::Deleted, "deleted"),
];

pub(super) fn decode(db: &Db, row: &Row<'_>) -> Attempt<Conversation> {
    Ok(Conversation {
        id: row::uuid(row, 0)?.into(),
        user_id: row::uuid(row, 1)?.into(),
        session_id: row::uuid_opt(row, 2)?.map(Into::into),
        title: db.open(row, 3, column::CONVERSATION_TITLE)?,
        summary: db.open_opt(row, 4, column::CONVERSATION_SUMMARY)?,
        status: row::word(row, 5, |word| row::parse(&STATUSES, word))?,
        message_count: row::count(row, 6)?,
        metadata: db.open_json(row, 7, column::CONVERSATION_METADATA)?,
        created_at: row::time(row, 8)?,
        updated_at: row::time(row, 9)?,
        active_at: row::time(row, 10)?,
        summary_until: row::uuid_opt(row, 11)?.map(Into::into),
    })
}

fn get(db: &Db, scope: &Scope, conversation: ConversationId) -> Attempt<Option<Conversation>> {
    with_head(db, scope, conversation, Ok)
}

/// Calls `then` with a conversation's head while its row is still open, so that what `then` reads is of the same state.
pub(crate) fn with_head<T>(
    db: &Db,
    scope: &Scope,
    conversation: ConversationId,
    then: impl FnOnce(Conversation) -> Attempt<T>,
) -> Attempt<Option<T>> {
    db.first(GET, params![id(conversation.as_uuid()), owner(scope)], |row| then(decode(db, row)?))
}

fn list(db: &Db, scope: &Scope, query: &ConversationQuery) -> Attempt<Page<Conversation>> {
    let status = row::name(&STATUSES, query.status);
    let (at, before) = row::start(query.after);
    let rows = one_more(query.limit);
    let title = query.title_contains.as_deref();
    let user = id(scope.user().as_uuid());
    let decode = |row: &Row<'_>| decode(db, row);
    let (items, total) = if let Some(session) = query.session_id {
        let (session, owner) = (id(session.as_uuid()), owner(scope));
        (
            db.all(LIST_IN_SESSION, params![session, status, at, before, owner, title, rows], decode)?,
            db.number(COUNT_IN_SESSION, params![session, status, owner, title])?,
        )
    } else if scope.is_system() {
        (
            db.all(LIST_ALL, params![status, at, before, title, rows], decode)?,
            db.number(COUNT_ALL, params![status, title])?,
        )
    } else if title.is_some() {
        (
            db.all(LIST_BY_TITLE, params![user, status, at, before, title, rows], decode)?,
            db.number(COUNT_BY_TITLE, params![user, status, title])?,
        )
    } else {
        (
            db.all(LIST, params![user, status, at, before, rows], decode)?,
            stats::conversations_in_status(db, scope.user(), query.status)?,
        )
    };
    Ok(page(items, query.limit, total, |last| Cursor { at: last.active_at, id: *last.id.as_uuid() }))
}

fn insert(db: &Db, scope: &Scope, new: NewConversation) -> Attempt<Conversation> {
    users::require_owner(db, scope)?;
    if let Some(session) = new.session_id {
        sessions::require(db, scope, session)?;
    }
    let conversation = Conversation {
        id: new.id,
        user_id: scope.user(),
        session_id: new.session_id,
        title: new.title,
        summary: None,
        summary_until: None,
        status: ConversationStatus::Open,
        message_count: 0,
        metadata: new.metadata,
        created_at: new.created_at,
        updated_at: new.created_at,
        active_at: new.created_at,
    };
    db.execute(
        INSERT,
        params![
            id(conversation.id.as_uuid()),
            id(conversation.user_id.as_uuid()),
            conversation.session_id.map(|session| id(session.as_uuid())),
            db.seal(&conversation.title, column::CONVERSATION_TITLE)?,
            row::name(&STATUSES, conversation.status),
            db.seal_json(conversation.metadata.as_ref(), column::CONVERSATION_METADATA)?,
            conversation.created_at.as_micros(),
        ],
    )?;
    stats::add_conversations(db, conversation.user_id, conversation.status, 1);
    grown(db, conversation.id, 0)?;
    stats::grow(db, Growth { conversations: 1, ..Growth::default() })?;
    Ok(conversation)
}

fn update(
    db: &Db,
    scope: &Scope,
    conversation: ConversationId,
    patch: ConversationPatch,
    now: Timestamp,
) -> Attempt<Option<Conversation>> {
    let Some(mut head) = get(db, scope, conversation)? else { return Ok(None) };
    let was = head.status;
    head.title = patch.title.unwrap_or(head.title);
    if let Some(summary) = patch.summary {
        head.summary = summary;
        head.summary_until = None;
    }
    head.status = patch.status.unwrap_or(head.status);
    head.metadata = patch.metadata.unwrap_or(head.metadata);
    head.updated_at = now;
    let before = bytes(db, head.id)?;
    db.execute(
        UPDATE,
        params![
            id(head.id.as_uuid()),
            db.seal(&head.title, column::CONVERSATION_TITLE)?,
            db.seal_opt(head.summary.as_deref(), column::CONVERSATION_SUMMARY)?,
            row::name(&STATUSES, head.status),
            db.seal_json(head.metadata.as_ref(), column::CONVERSATION_METADATA)?,
            now.as_micros(),
            head.summary_until.map(|message| id(message.as_uuid())),
        ],
    )?;
    grown(db, head.id, before)?;
    if head.status != was {
        moved(db, &head, was)?;
    }
    Ok(Some(head))
}

/// Whose a conversation is, and what its head takes as it is stored.
fn size(db: &Db, conversation: ConversationId) -> Attempt<Option<(UserId, i64)>> {
    db.first(SIZE, [id(conversation.as_uuid())], |row| Ok((row::uuid(row, 0)?.into(), row.get(1)?)))
}

fn bytes(db: &Db, conversation: ConversationId) -> Attempt<i64> {
    Ok(size(db, conversation)?.map_or(0, |(_, bytes)| bytes))
}

/// Counts by how much a head grew that took so much before.
pub(super) fn grown(db: &Db, conversation: ConversationId, before: i64) -> Attempt<()> {
    if let Some((user, bytes)) = size(db, conversation)? {
        stats::add_bytes(db, user, bytes - before);
    }
    Ok(())
}

/// Keeps counters and indexes true after a change of status.
fn moved(db: &Db, head: &Conversation, was: ConversationStatus) -> Attempt<()> {
    stats::add_conversations(db, head.user_id, was, -1);
    stats::add_conversations(db, head.user_id, head.status, 1);
    if head.status == ConversationStatus::Deleted {
        outbox::add(db, &[Change::ConversationGone(head.id)], Growth::default())
    } else if was == ConversationStatus::Deleted {
        db.allow_for_rows(head.message_count);
        outbox::add_messages_of(db, head.id, head.message_count)
    } else {
        Ok(()) // archived conversations are searched like open ones
    }
}

fn set_summary(db: &Db, scope: &Scope, head: ConversationId, summary: &str, until: MessageId) -> Attempt<bool> {
    let (conversation, until) = (id(head.as_uuid()), id(until.as_uuid()));
    let summary = db.seal(summary, column::CONVERSATION_SUMMARY)?;
    if db.first(GET, params![conversation, owner(scope)], |_| Ok(()))?.is_none() {
        return Ok(false);
    }
    db.first(IS_IN, params![until, conversation], |_| Ok(()))?.ok_or_else(|| Error::not_found("message"))?;
    let before = bytes(db, head)?;
    let kept = db.execute(SET_SUMMARY, params![conversation, owner(scope), summary, until])? > 0;
    grown(db, head, before)?;
    Ok(kept)
}

fn erase(db: &Db, scope: &Scope, conversation: ConversationId) -> Attempt<Option<Erased>> {
    let Some(head) = get(db, scope, conversation)? else { return Ok(None) };
    db.allow_for_rows(head.message_count);
    let memories = memories::only_from(db, conversation)?;
    let mut remembered = 0;
    for memory in &memories {
        remembered += memories::remove(db, *memory)?;
    }
    let said = db.number(SIZE_OF_MESSAGES, [id(conversation.as_uuid())])? as i64 + bytes(db, conversation)?;
    activity::take_back(db, head.user_id, conversation)?;
    let messages = db.execute(DELETE_MESSAGES, [id(conversation.as_uuid())])?;
    db.execute(DELETE, [id(conversation.as_uuid())])?;
    foreign_ids::forget(db, conversation.as_uuid())?;
    stats::add_memories(db, head.user_id, -(memories.len() as i64), -remembered);
    stats::add_messages(db, head.user_id, -(messages as i64), 0, -said);
    stats::add_conversations(db, head.user_id, head.status, -1);
    let mut changes = vec![Change::ConversationGone(conversation)];
    changes.extend(memories.iter().map(|memory| Change::Memory(*memory)));
    let shrunk = Growth {
        conversations: -1,
        messages: -(messages as i64),
        memories: -(memories.len() as i64),
        ..Growth::default()
    };
    outbox::add(db, &changes, shrunk)?;
    Ok(Some(Erased { messages: messages as u64, memories }))
}

#[async_trait]
impl<R: Run> ReadConversations for On<R> {
    async fn get(&self, scope: &Scope, conversation: ConversationId) -> Result<Option<Conversation>> {
        let scope = *scope;
        self.0.ask(move |db| get(db, &scope, conversation)).await
    }

    async fn list(&self, scope: &Scope, query: &ConversationQuery) -> Result<Page<Conversation>> {
        let (scope, query) = (*scope, query.clone());
        self.0.ask(move |db| db.snapshot(|db| list(db, &scope, &query))).await
    }
}

#[async_trait]
impl WriteConversations for On<UnitConnection> {
    async fn insert(&self, scope: &Scope, conversation: NewConversation) -> Result<Conversation> {
        self.0.write(|db| insert(db, scope, conversation))
    }

    async fn update(
        &self,
        scope: &Scope,
        conversation: ConversationId,
        patch: ConversationPatch,
        now: Timestamp,
    ) -> Result<Option<Conversation>> {
        self.0.write(|db| update(db, scope, conversation, patch, now))
    }

    async fn set_summary(
        &self,
        scope: &Scope,
        conversation: ConversationId,
        summary: &str,
        until: MessageId,
    ) -> Result<bool> {
        self.0.write(|db| set_summary(db, scope, conversation, summary, until))
    }

    async fn erase(&self, scope: &Scope, conversation: ConversationId) -> Result<Option<Erased>> {
        let erased = self.0.write(|db| db.atomic(|db| erase(db, scope, conversation)))?;
        if erased.is_some() {
            self.0.note_erased();
        }
        Ok(erased)
    }
}
