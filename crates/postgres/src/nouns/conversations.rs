use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use jarvis_core::{
    Error, Result, Scope, Timestamp,
    id::{ConversationId, MessageId},
    ports::store::{ReadConversations, WriteConversations},
    text::contains_folded,
    types::{
        Conversation, ConversationPatch, ConversationQuery, ConversationStatus, Cursor, Erased, NewConversation, Page,
    },
};
use uuid::Uuid;

use super::{activity, foreign_ids, memories, one_more, outbox, outbox::Change, page, stats, taken};
use crate::{
    counters,
    db::{Db, column, owner, stored_bytes},
    error::Attempt,
    row,
    run::{On, Run},
    unit::UnitConnection,
};

/// How each status is stored; statements that leave the bin out name `deleted` themselves.
pub(crate) const STATUSES: [(ConversationStatus, &str); 3] = [
    (ConversationStatus::Open, "open"),
    (ConversationStatus::Archived, "archived"),
    (ConversationStatus::Deleted, "deleted"),
];

/// In this order where it is read from one column.
#[derive(Debug, sqlx::Decode)]
pub(super) struct ConversationRow {
    pub(super) id: Uuid,
    pub(super) user_id: Uuid,
    pub(super) session_id: Option<Uuid>,
    pub(super) title: Vec<u8>,
    pub(super) summary: Option<Vec<u8>>,
    pub(super) status: String,
    pub(super) message_count: i64,
    pub(super) metadata: Option<Vec<u8>>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) active_at: DateTime<Utc>,
    pub(super) summary_until: Option<Uuid>,
}

pub(super) fn decode(db: &Db, row: ConversationRow) -> Attempt<Conversation> {
    Ok(Conversation {
        id: row.id.into(),
        user_id: row.user_id.into(),
        session_id: row.session_id.map(Into::into),
        title: db.open(row.title, column::CONVERSATION_TITLE)?,
        summary: db.open_opt(row.summary, column::CONVERSATION_SUMMARY)?,
        status: row::word(&row.status, |word| row::parse(&STATUSES, word))?,
        message_count: row::count(row.message_count),
        metadata: db.open_json(row.metadata, column::CONVERSATION_METADATA)?,
        created_at: row::time(row.created_at),
        updated_at: row::time(row.updated_at),
        active_at: row::time(row.active_at),
        summary_until: row.summary_until.map(Into::into),
    })
}

async fn get(db: &mut Db, scope: Scope, conversation: ConversationId) -> Attempt<Option<Conversation>> {
    let key = conversation.as_uuid();
    let found = sqlx::query_file_as!(ConversationRow, "sql/conversations/get.sql", key, owner(scope));
    let found = found.fetch_optional(db.connection()).await?;
    found.map(|row| decode(db, row)).transpose()
}

/// The same with what it takes as it is stored, and nobody else changes it until the unit ends.
async fn hold(db: &mut Db, scope: Scope, conversation: ConversationId) -> Attempt<Option<(Conversation, i64)>> {
    let key = conversation.as_uuid();
    let found = sqlx::query_file_as!(ConversationRow, "sql/conversations/lock.sql", key, owner(scope));
    let Some(row) = found.fetch_optional(db.connection()).await? else { return Ok(None) };
    let bytes = stored_bytes(&[Some(&row.title), row.summary.as_deref(), row.metadata.as_deref()]);
    Ok(Some((decode(db, row)?, bytes)))
}

async fn list(db: &mut Db, scope: Scope, query: ConversationQuery) -> Attempt<Page<Conversation>> {
    let (found, total) = if let Some(text) = query.title_contains.as_deref() {
        let (ids, total) = titled(db, scope, &query, text).await?;
        let found = sqlx::query_file_as!(ConversationRow, "sql/conversations/list_by_id.sql", &ids);
        (found.fetch_all(db.connection()).await?, total)
    } else {
        some(db, scope, &query).await?
    };
    let items = found.into_iter().map(|row| decode(db, row)).collect::<Attempt<Vec<_>>>()?;
    Ok(page(items, query.limit, total, |last| Cursor { at: last.active_at, id: *last.id.as_uuid() }))
}

/// A page whatever the titles, and how many there are in all.
async fn some(db: &mut Db, scope: Scope, query: &ConversationQuery) -> Attempt<(Vec<ConversationRow>, u64)> {
    let (status, rows) = (row::name(&STATUSES, query.status), one_more(query.limit));
    let (at, before) = row::start(query.after);
    Ok(if let Some(session) = query.session_id {
        let (session, owner) = (session.as_uuid(), owner(scope));
        let found = sqlx::query_file_as!(
            ConversationRow,
            "sql/conversations/list_in_session.sql",
            session,
            status,
            at,
            before,
            owner,
            rows
        );
        let found = found.fetch_all(db.connection()).await?;
        let total = sqlx::query_file_scalar!("sql/conversations/count_in_session.sql", session, status, owner);
        (found, row::count(total.fetch_one(db.connection()).await?))
    } else if scope.is_system() {
        let found = sqlx::query_file_as!(ConversationRow, "sql/conversations/list_all.sql", status, at, before, rows);
        let found = found.fetch_all(db.connection()).await?;
        let total = sqlx::query_file_scalar!("sql/conversations/count_all.sql", status);
        (found, row::count(total.fetch_one(db.connection()).await?))
    } else {
        let user = *scope.user().as_uuid();
        let found = sqlx::query_file_as!(ConversationRow, "sql/conversations/list.sql", user, status, at, before, rows);
        let found = found.fetch_all(db.connection()).await?;
        (found, stats::conversations_in_status(db, scope.user(), query.status).await?)
    })
}

/// A conversation whose title is looked at.
struct Titled {
    id: Uuid,
    title: Vec<u8>,
    active_at: DateTime<Utc>,
}

/// The ids of a page of conversations with `text` in the title, and how many there are in all. A sealed title can only be
/// searched by opening it, and the server cannot: so all of them come by, one after the other.
async fn titled(db: &mut Db, scope: Scope, query: &ConversationQuery, text: &str) -> Attempt<(Vec<Uuid>, u64)> {
    let status = row::name(&STATUSES, query.status);
    let (start, rows) = (row::start(query.after), one_more(query.limit) as usize);
    let sealer = db.sealer();
    let (user, session) = (*scope.user().as_uuid(), query.session_id.map(|session| *session.as_uuid()));
    let mut titles = match session {
        Some(session) => {
            sqlx::query_file_as!(Titled, "sql/conversations/titles_in_session.sql", session, status, owner(scope))
                .fetch(db.connection())
        }
        None if scope.is_system() => {
            sqlx::query_file_as!(Titled, "sql/conversations/titles_of_all.sql", status).fetch(db.connection())
        }
        None => sqlx::query_file_as!(Titled, "sql/conversations/titles.sql", user, status).fetch(db.connection()),
    };
    let (mut ids, mut total) = (Vec::new(), 0);
    while let Some(Titled { id, title, active_at }) = titles.try_next().await? {
        if !contains_folded(&sealer.open(title, column::CONVERSATION_TITLE)?, text) {
            continue;
        }
        total += 1;
        if (active_at, id) < start && ids.len() < rows {
            ids.push(id);
        }
    }
    Ok((ids, total))
}

async fn insert(db: &mut Db, scope: Scope, new: NewConversation) -> Attempt<Conversation> {
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
    let title = db.seal(&conversation.title, column::CONVERSATION_TITLE)?;
    let metadata = db.seal_json(conversation.metadata.as_ref(), column::CONVERSATION_METADATA)?;
    let bytes = stored_bytes(&[Some(&title), metadata.as_deref()]);
    let outcome = sqlx::query_file!(
        "sql/conversations/insert.sql",
        conversation.id.as_uuid(),
        conversation.user_id.as_uuid(),
        conversation.session_id.map(|session| *session.as_uuid()),
        &*title,
        row::name(&STATUSES, conversation.status),
        metadata.as_deref(),
        conversation.created_at.to_utc(),
        owner(scope),
    )
    .fetch_one(db.connection())
    .await?;
    match (outcome.owner_there, outcome.session_there, outcome.added) {
        (false, ..) => Err(Error::not_found("user").into()),
        (true, false, _) => Err(Error::not_found("session").into()),
        (true, true, false) => Err(taken().into()),
        (true, true, true) => {
            counters::add_conversations(db, conversation.user_id, conversation.status, 1);
            counters::add_bytes(db, conversation.user_id, bytes);
            Ok(conversation)
        }
    }
}

async fn update(
    db: &mut Db,
    scope: Scope,
    conversation: ConversationId,
    patch: ConversationPatch,
    now: Timestamp,
) -> Attempt<Option<Conversation>> {
    let Some((mut head, before)) = hold(db, scope, conversation).await? else { return Ok(None) };
    let was = head.status;
    head.title = patch.title.unwrap_or(head.title);
    if let Some(summary) = patch.summary {
        head.summary = summary;
        head.summary_until = None;
    }
    head.status = patch.status.unwrap_or(head.status);
    head.metadata = patch.metadata.unwrap_or(head.metadata);
    head.updated_at = now;
    let title = db.seal(&head.title, column::CONVERSATION_TITLE)?;
    let summary = db.seal_opt(head.summary.as_deref(), column::CONVERSATION_SUMMARY)?;
    let metadata = db.seal_json(head.metadata.as_ref(), column::CONVERSATION_METADATA)?;
    let bytes = stored_bytes(&[Some(&title), summary.as_deref(), metadata.as_deref()]);
    sqlx::query_file!(
        "sql/conversations/update.sql",
        head.id.as_uuid(),
        &*title,
        summary.as_deref(),
        row::name(&STATUSES, head.status),
        metadata.as_deref(),
        now.to_utc(),
        head.summary_until.map(|message| *message.as_uuid()),
    )
    .execute(db.connection())
    .await?;
    counters::add_bytes(db, head.user_id, bytes - before);
    if head.status != was {
        moved(db, &head, was).await?;
    }
    Ok(Some(head))
}

/// Keeps counters and indexes true after a change of status.
async fn moved(db: &mut Db, head: &Conversation, was: ConversationStatus) -> Attempt<()> {
    counters::add_conversations(db, head.user_id, was, -1);
    counters::add_conversations(db, head.user_id, head.status, 1);
    if head.status == ConversationStatus::Deleted {
        outbox::add(db, &[Change::ConversationGone(head.id)]).await
    } else if was == ConversationStatus::Deleted {
        db.allow_for_rows(head.message_count).await?;
        outbox::add_messages_of(db, head.id, head.message_count).await
    } else {
        Ok(()) // archived conversations are searched like open ones
    }
}

async fn set_summary(
    db: &mut Db,
    scope: Scope,
    conversation: ConversationId,
    summary: String,
    until: MessageId,
) -> Attempt<bool> {
    let summary = db.seal(&summary, column::CONVERSATION_SUMMARY)?;
    let (key, until) = (conversation.as_uuid(), until.as_uuid());
    let outcome = sqlx::query_file!("sql/conversations/set_summary.sql", key, owner(scope), &*summary, until);
    let outcome = outcome.fetch_one(db.connection()).await?;
    if outcome.there && !outcome.said {
        return Err(Error::not_found("message").into());
    }
    let Some((user, bytes)) = outcome.user_id.zip(outcome.bytes) else { return Ok(false) };
    counters::add_bytes(db, user.into(), bytes);
    Ok(true)
}

async fn erase(db: &mut Db, scope: Scope, conversation: ConversationId) -> Attempt<Option<Erased>> {
    let Some((head, bytes)) = hold(db, scope, conversation).await? else { return Ok(None) };
    db.allow_for_rows(head.message_count).await?;
    let key = conversation.as_uuid();
    let memories = memories::only_from(db, conversation).await?;
    let remembered = memories::remove(db, &memories).await?;
    activity::take_back(db, conversation).await?;
    let gone = sqlx::query_file!("sql/messages/delete_of_conversation.sql", key).fetch_one(db.connection()).await?;
    let (messages, said) = (row::count(gone.messages), gone.bytes + bytes);
    sqlx::query_file!("sql/conversations/delete.sql", key).execute(db.connection()).await?;
    foreign_ids::forget(db, &[*key]).await?;
    counters::add_memories(db, head.user_id, -(memories.len() as i64), -remembered);
    counters::add_messages(db, head.user_id, -(messages as i64), 0, -said);
    counters::add_conversations(db, head.user_id, head.status, -1);
    let mut changes = vec![Change::ConversationGone(conversation)];
    changes.extend(memories.iter().map(|memory| Change::Memory(*memory)));
    outbox::add(db, &changes).await?;
    Ok(Some(Erased { messages, memories }))
}

#[async_trait]
impl<R: Run> ReadConversations for On<R> {
    async fn get(&self, scope: &Scope, conversation: ConversationId) -> Result<Option<Conversation>> {
        let scope = *scope;
        self.0.ask(scope, move |db| Box::pin(get(db, scope, conversation))).await
    }

    async fn list(&self, scope: &Scope, query: &ConversationQuery) -> Result<Page<Conversation>> {
        let (scope, query) = (*scope, query.clone());
        self.0.ask(scope, move |db| Box::pin(list(db, scope, query.clone()))).await
    }
}

#[async_trait]
impl WriteConversations for On<UnitConnection> {
    async fn insert(&self, scope: &Scope, conversation: NewConversation) -> Result<Conversation> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(insert(db, scope, conversation))).await
    }

    async fn update(
        &self,
        scope: &Scope,
        conversation: ConversationId,
        patch: ConversationPatch,
        now: Timestamp,
    ) -> Result<Option<Conversation>> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(update(db, scope, conversation, patch, now))).await
    }

    async fn set_summary(
        &self,
        scope: &Scope,
        conversation: ConversationId,
        summary: &str,
        until: MessageId,
    ) -> Result<bool> {
        let (scope, summary) = (*scope, summary.to_owned());
        self.0.write(scope, move |db| Box::pin(set_summary(db, scope, conversation, summary, until))).await
    }

    async fn erase(&self, scope: &Scope, conversation: ConversationId) -> Result<Option<Erased>> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(erase(db, scope, conversation))).await
    }
}
