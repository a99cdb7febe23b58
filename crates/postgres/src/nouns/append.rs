//! Adding messages: the hottest write. A message, its conversation's head, the counters and the outbox entry.

use chrono::{DateTime, Utc};
use jarvis_core::{
    Error, ErrorKind, Scope, Timestamp,
    id::{ConversationId, MessageId, UserId},
    types::{ConversationStatus, Follows, Message, NewMessage, Role},
};
use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
};
use uuid::Uuid;

use super::{
    conversations,
    messages::STATUSES,
    outbox::{self, Change},
};
use crate::{
    counters,
    db::{Db, Sealed, column, owner, stored_bytes},
    error::Attempt,
    row,
};

/// Messages added at once at most.
const MAX_MESSAGES: usize = 10_000;

/// Which conversations take messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// Those that are not in the bin.
    InUse,
    /// All.
    Anywhere,
}

/// A conversation that messages are added to; its row is held until the unit ends.
struct Talk {
    user: UserId,
    /// The position of its last message, those added included.
    last_position: i64,
    /// The last message, once it is known.
    last: Option<MessageId>,
    added: i64,
    tokens: i64,
    /// When the latest was said.
    latest: Timestamp,
}

/// Adds one. Whatever it refuses, it refuses before it has written anything.
pub(super) async fn one(db: &mut Db, scope: Scope, new: NewMessage) -> Attempt<Message> {
    // what was asked before its conversation went into the bin may still be answered there
    let into = if new.role == Role::Assistant { Target::Anywhere } else { Target::InUse };
    let head = sqlx::query_file!("sql/conversations/head.sql", new.conversation_id.as_uuid(), owner(scope));
    let head = head.fetch_optional(db.connection()).await?.ok_or_else(|| Error::not_found("conversation"))?;
    require_use(&head.status, into)?;
    let (user, position) = (UserId::from(head.user_id), head.last_position + 1);
    let (follows_latest, parent) = match new.follows {
        Follows::Latest => (true, None),
        Follows::Nothing => (false, None),
        Follows::Message(parent) => (false, Some(*parent.as_uuid())),
    };
    let number = db.counters.number_changes(1) + 1;
    let author = db.seal_opt(new.author.as_deref(), column::MESSAGE_AUTHOR)?;
    let content = db.seal(&new.content, column::MESSAGE_CONTENT)?;
    let parts = db.seal_json(new.parts.as_ref(), column::MESSAGE_PARTS)?;
    let metadata = db.seal_json(new.metadata.as_ref(), column::MESSAGE_METADATA)?;
    let (source, foreign_id) = seal_foreign(db, &new)?.unzip();
    let bytes = stored_bytes(&[Some(&content), parts.as_deref(), metadata.as_deref()]);
    let outcome = sqlx::query_file!(
        "sql/messages/append.sql",
        new.id.as_uuid(),
        new.conversation_id.as_uuid(),
        user.as_uuid(),
        position,
        parent,
        new.role.as_str(),
        author.as_deref(),
        &*content,
        parts.as_deref(),
        new.tokens.map(i64::from),
        new.model,
        row::name(&STATUSES, new.status),
        new.recall_score,
        metadata.as_deref(),
        source.as_deref(),
        foreign_id.as_deref(),
        follows_latest,
        new.created_at.to_utc(),
        number,
    )
    .fetch_one(db.connection())
    .await?;
    if !outcome.added {
        let orphan = parent.is_some() && outcome.parent_id.is_none();
        return Err(if orphan { Error::not_found("parent message") } else { stored_already() }.into());
    }
    counters::add_activity(db, user, &new);
    counters::add_messages(db, user, 1, i64::from(new.tokens.unwrap_or(0)), bytes);
    Ok(stored(new, position, outcome.parent_id.map(Into::into)))
}

/// Adds many, all or none.
pub(super) async fn many(db: &mut Db, scope: Scope, messages: Vec<NewMessage>, into: Target) -> Attempt<Vec<Message>> {
    if messages.len() > MAX_MESSAGES {
        return Err(Error::invalid("messages", format!("add at most {MAX_MESSAGES} at once")).into());
    }
    if messages.is_empty() {
        return Ok(Vec::new());
    }
    let mark = db.mark().await?;
    let outcome = add_all(db, scope, messages, into).await;
    db.settle(mark, outcome).await
}

async fn add_all(db: &mut Db, scope: Scope, messages: Vec<NewMessage>, into: Target) -> Attempt<Vec<Message>> {
    let mut talks = hold(db, scope, &messages, into).await?;
    let elsewhere = parents(db, &messages).await?;
    let mut said: HashMap<MessageId, ConversationId> = HashMap::with_capacity(messages.len());
    let mut places = Vec::with_capacity(messages.len());
    for new in &messages {
        let talk = talks.get_mut(&new.conversation_id).ok_or_else(|| Error::not_found("conversation"))?;
        let parent = match new.follows {
            Follows::Nothing => None,
            Follows::Latest => talk.last,
            Follows::Message(parent) => {
                let of = said.get(&parent).or_else(|| elsewhere.get(&parent));
                if of != Some(&new.conversation_id) {
                    return Err(Error::not_found("parent message").into());
                }
                Some(parent)
            }
        };
        talk.last_position += 1;
        talk.last = Some(new.id);
        talk.added += 1;
        talk.tokens += i64::from(new.tokens.unwrap_or(0));
        talk.latest = talk.latest.max(new.created_at);
        said.insert(new.id, new.conversation_id);
        places.push((talk.user, talk.last_position, parent));
    }
    let sizes = insert(db, &messages, &places).await?;
    extend(db, &talks).await?;
    for ((user, ..), bytes) in places.iter().zip(sizes) {
        counters::add_bytes(db, *user, bytes);
    }
    for (new, (user, ..)) in messages.iter().zip(&places) {
        counters::add_activity(db, *user, new);
    }
    for talk in talks.values() {
        counters::add_messages(db, talk.user, talk.added, talk.tokens, 0);
    }
    let changes: Vec<Change> = messages.iter().map(|message| Change::Message(message.id)).collect();
    outbox::add(db, &changes).await?;
    let added = messages.into_iter().zip(places);
    Ok(added.map(|(new, (_, position, parent))| stored(new, position, parent)).collect())
}

/// Holds the conversations of the messages, and finds out what the first message of each follows.
async fn hold(
    db: &mut Db,
    scope: Scope,
    messages: &[NewMessage],
    into: Target,
) -> Attempt<BTreeMap<ConversationId, Talk>> {
    let mut ids: Vec<Uuid> = messages.iter().map(|message| *message.conversation_id.as_uuid()).collect();
    ids.sort_unstable();
    ids.dedup();
    let heads = sqlx::query_file!("sql/conversations/heads.sql", &ids, owner(scope)).fetch_all(db.connection()).await?;
    if heads.len() < ids.len() {
        return Err(Error::not_found("conversation").into());
    }
    let mut talks = BTreeMap::new();
    for head in heads {
        require_use(&head.status, into)?;
        let talk = Talk {
            user: head.user_id.into(),
            last_position: head.last_position,
            last: None,
            added: 0,
            tokens: 0,
            latest: Timestamp::from_micros(i64::MIN),
        };
        talks.insert(head.id.into(), talk);
    }
    // looked up after they are held: what was said meanwhile is seen
    for newest in sqlx::query_file!("sql/messages/latest_of.sql", &ids).fetch_all(db.connection()).await? {
        if let Some(talk) = talks.get_mut(&ConversationId::from(newest.conversation_id)) {
            talk.last = Some(newest.message_id.into());
        }
    }
    Ok(talks)
}

/// The conversations of the messages that are followed and stored already.
async fn parents(db: &mut Db, messages: &[NewMessage]) -> Attempt<HashMap<MessageId, ConversationId>> {
    let named = messages.iter().filter_map(|message| match message.follows {
        Follows::Message(parent) => Some(*parent.as_uuid()),
        Follows::Latest | Follows::Nothing => None,
    });
    let named: Vec<Uuid> = named.collect();
    if named.is_empty() {
        return Ok(HashMap::new());
    }
    let found = sqlx::query_file!("sql/messages/conversations_of.sql", &named).fetch_all(db.connection()).await?;
    Ok(found.into_iter().map(|row| (row.id.into(), row.conversation_id.into())).collect())
}

/// Answers what each takes as it is stored.
async fn insert(
    db: &mut Db,
    messages: &[NewMessage],
    places: &[(UserId, i64, Option<MessageId>)],
) -> Attempt<Vec<i64>> {
    let sealed: Sealing<'_> = seal(db, messages)?;
    let ids: Vec<Uuid> = messages.iter().map(|message| *message.id.as_uuid()).collect();
    let talks: Vec<Uuid> = messages.iter().map(|message| *message.conversation_id.as_uuid()).collect();
    let users: Vec<Uuid> = places.iter().map(|(user, ..)| *user.as_uuid()).collect();
    let positions: Vec<i64> = places.iter().map(|(_, position, _)| *position).collect();
    let parents: Vec<Option<Uuid>> = places.iter().map(|(.., parent)| parent.map(|parent| *parent.as_uuid())).collect();
    let roles: Vec<&str> = messages.iter().map(|message| message.role.as_str()).collect();
    let tokens: Vec<Option<i64>> = messages.iter().map(|message| message.tokens.map(i64::from)).collect();
    let models: Vec<Option<&str>> = messages.iter().map(|message| message.model.as_deref()).collect();
    let statuses: Vec<&str> = messages.iter().map(|message| row::name(&STATUSES, message.status)).collect();
    let scores: Vec<Option<f32>> = messages.iter().map(|message| message.recall_score).collect();
    let foreign = messages.iter().map(|message| Ok(seal_foreign(db, message)?.unzip()));
    let (sources, foreign_ids): (Vec<_>, Vec<_>) = foreign.collect::<Attempt<Vec<_>>>()?.into_iter().unzip();
    let times: Vec<DateTime<Utc>> = messages.iter().map(|message| message.created_at.to_utc()).collect();
    let written = sqlx::query_file!(
        "sql/messages/insert.sql",
        &ids,
        &talks,
        &users,
        &positions,
        &parents as &[Option<Uuid>],
        &roles as &[&str],
        &bytes(&sealed.authors) as &[Option<&[u8]>],
        &bytes(&sealed.contents) as &[Option<&[u8]>],
        &bytes(&sealed.parts) as &[Option<&[u8]>],
        &tokens as &[Option<i64>],
        &models as &[Option<&str>],
        &statuses as &[&str],
        &scores as &[Option<f32>],
        &bytes(&sealed.metadata) as &[Option<&[u8]>],
        &sources as &[Option<Cow<'_, str>>],
        &foreign_ids as &[Option<Cow<'_, str>>],
        &times,
    )
    .execute(db.connection())
    .await?;
    if written.rows_affected() < messages.len() as u64 {
        return Err(stored_already().into());
    }
    let texts = sealed.contents.iter().zip(&sealed.parts).zip(&sealed.metadata);
    let size = |((content, parts), metadata): ((&Sealed<'_>, &Sealed<'_>), &Sealed<'_>)| {
        stored_bytes(&[content.as_deref(), parts.as_deref(), metadata.as_deref()])
    };
    Ok(texts.map(size).collect())
}

/// What people wrote, message by message.
struct Sealing<'a> {
    authors: Vec<Sealed<'a>>,
    contents: Vec<Sealed<'a>>,
    parts: Vec<Sealed<'a>>,
    metadata: Vec<Sealed<'a>>,
}

fn seal<'a>(db: &Db, messages: &'a [NewMessage]) -> Attempt<Sealing<'a>> {
    let all = || messages.iter();
    let authors = all().map(|message| db.seal_opt(message.author.as_deref(), column::MESSAGE_AUTHOR));
    let contents = all().map(|message| db.seal_opt(Some(&message.content), column::MESSAGE_CONTENT));
    let parts = all().map(|message| db.seal_json(message.parts.as_ref(), column::MESSAGE_PARTS));
    let metadata = all().map(|message| db.seal_json(message.metadata.as_ref(), column::MESSAGE_METADATA));
    Ok(Sealing {
        authors: authors.collect::<Attempt<_>>()?,
        contents: contents.collect::<Attempt<_>>()?,
        parts: parts.collect::<Attempt<_>>()?,
        metadata: metadata.collect::<Attempt<_>>()?,
    })
}

/// Source and id of what a message was imported from.
fn seal_foreign<'a>(db: &Db, message: &'a NewMessage) -> Attempt<Option<(Cow<'a, str>, Cow<'a, str>)>> {
    let Some(foreign) = &message.foreign_id else { return Ok(None) };
    let source = db.seal_label(&foreign.source, column::MESSAGE_FOREIGN_SOURCE)?;
    Ok(Some((source, db.seal_label(&foreign.id, column::MESSAGE_FOREIGN_ID)?)))
}

fn bytes<'a>(sealed: &'a [Sealed<'a>]) -> Vec<Option<&'a [u8]>> {
    sealed.iter().map(|value| value.as_deref()).collect()
}

async fn extend(db: &mut Db, talks: &BTreeMap<ConversationId, Talk>) -> Attempt<()> {
    let ids: Vec<Uuid> = talks.keys().map(|id| *id.as_uuid()).collect();
    let added: Vec<i64> = talks.values().map(|talk| talk.added).collect();
    let latest: Vec<DateTime<Utc>> = talks.values().map(|talk| talk.latest.to_utc()).collect();
    sqlx::query_file!("sql/conversations/extend.sql", &ids, &added, &latest).execute(db.connection()).await?;
    Ok(())
}

fn require_use(status: &str, into: Target) -> Attempt<()> {
    let status = row::word(status, |word| row::parse(&conversations::STATUSES, word))?;
    if status == ConversationStatus::Deleted && into == Target::InUse {
        return Err(ErrorKind::Conflict
            .error("the conversation is in the bin; restore it first")
            .with_code("conversation_deleted")
            .into());
    }
    Ok(())
}

fn stored_already() -> Error {
    ErrorKind::Conflict
        .error("this message is stored already; its id or foreign id is taken")
        .with_code("message_exists")
}

fn stored(new: NewMessage, position: i64, parent_id: Option<MessageId>) -> Message {
    Message {
        id: new.id,
        conversation_id: new.conversation_id,
        position,
        parent_id,
        role: new.role,
        author: new.author,
        content: new.content,
        parts: new.parts,
        tokens: new.tokens,
        model: new.model,
        status: new.status,
        recall_score: new.recall_score,
        metadata: new.metadata,
        created_at: new.created_at,
    }
}
