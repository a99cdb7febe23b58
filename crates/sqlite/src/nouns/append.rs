//! Adding messages: the hottest write. A message, its conversation's head, the counters and the outbox entry.

use jarvis_core::{
    Error, ErrorKind, Scope,
    id::{ConversationId, MessageId, UserId},
    types::{ConversationStatus, Follows, Message, NewMessage, Role},
};
use rusqlite::params;

use super::{
    activity, conversations,
    messages::{self, STATUSES},
    outbox::{self, Change},
    stats,
};
use crate::{
    counters::Growth,
    db::{Db, column, id, owner, stored_bytes},
    error::{Attempt, Failure},
    row,
};

const HEAD: &str = include_str!("../../sql/conversations/head.sql");
const EXTEND: &str = include_str!("../../sql/conversations/extend.sql");
const INSERT: &str = include_str!("../../sql/messages/insert.sql");
const POSITION: &str = include_str!("../../sql/messages/position.sql");

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

/// Messages of one conversation in a row: its head is read before the first and written after the last.
struct Run {
    conversation: ConversationId,
    user: UserId,
    last_position: i64,
    added: i64,
    tokens: i64,
    /// What they take as they are stored.
    bytes: i64,
    /// When the latest was said.
    latest: i64,
    /// The last one added.
    last: Option<MessageId>,
}

/// Adds one. Whatever it refuses, it refuses before it has written anything.
pub(super) fn one(db: &Db, scope: &Scope, message: NewMessage) -> Attempt<Message> {
    // what was asked before its conversation went into the bin may still be answered there
    let into = if message.role == Role::Assistant { Target::Anywhere } else { Target::InUse };
    let mut run = begin(db, scope, message.conversation_id, into)?;
    let message = insert(db, &mut run, message)?;
    finish(db, &run)?;
    outbox::add(db, &[Change::Message(message.id)], Growth { messages: 1, ..Growth::default() })?;
    Ok(message)
}

/// Adds many, all or none.
pub(super) fn many(db: &Db, scope: &Scope, messages: Vec<NewMessage>, into: Target) -> Attempt<Vec<Message>> {
    if messages.len() > MAX_MESSAGES {
        return Err(Error::invalid("messages", format!("add at most {MAX_MESSAGES} at once")).into());
    }
    db.atomic(|db| {
        let mut added = Vec::with_capacity(messages.len());
        let mut current: Option<Run> = None;
        for message in messages {
            let mut run = match current.take() {
                Some(run) if run.conversation == message.conversation_id => run,
                other => {
                    other.as_ref().map_or(Ok(()), |run| finish(db, run))?;
                    begin(db, scope, message.conversation_id, into)?
                }
            };
            added.push(insert(db, &mut run, message)?);
            current = Some(run);
        }
        current.as_ref().map_or(Ok(()), |run| finish(db, run))?;
        let changes: Vec<Change> = added.iter().map(|message| Change::Message(message.id)).collect();
        outbox::add(db, &changes, Growth { messages: added.len() as i64, ..Growth::default() })?;
        Ok(added)
    })
}

fn begin(db: &Db, scope: &Scope, conversation: ConversationId, into: Target) -> Attempt<Run> {
    let params = params![id(conversation.as_uuid()), owner(scope)];
    let head = db.first(HEAD, params, |row| {
        let status = row::word(row, 1, |word| row::parse(&conversations::STATUSES, word))?;
        Ok((row::uuid(row, 0)?, status, row.get(2)?))
    })?;
    let (user, status, last_position) = head.ok_or_else(|| Error::not_found("conversation"))?;
    if status == ConversationStatus::Deleted && into == Target::InUse {
        return Err(ErrorKind::Conflict
            .error("the conversation is in the bin; restore it first")
            .with_code("conversation_deleted")
            .into());
    }
    Ok(Run {
        conversation,
        user: user.into(),
        last_position,
        added: 0,
        tokens: 0,
        bytes: 0,
        latest: i64::MIN,
        last: None,
    })
}

fn insert(db: &Db, run: &mut Run, new: NewMessage) -> Attempt<Message> {
    let parent_id = parent(db, run, new.follows)?;
    let position = run.last_position + run.added + 1;
    let foreign = new.foreign_id.as_ref();
    let content = db.seal(&new.content, column::MESSAGE_CONTENT)?;
    let parts = db.seal_json(new.parts.as_ref(), column::MESSAGE_PARTS)?;
    let metadata = db.seal_json(new.metadata.as_ref(), column::MESSAGE_METADATA)?;
    let bytes = stored_bytes(&[Some(&content), parts.as_deref(), metadata.as_deref()]);
    let written = db.execute(
        INSERT,
        params![
            id(new.id.as_uuid()),
            id(run.conversation.as_uuid()),
            id(run.user.as_uuid()),
            position,
            parent_id.map(|parent| id(parent.as_uuid())),
            new.role.as_str(),
            db.seal_opt(new.author.as_deref(), column::MESSAGE_AUTHOR)?,
            content,
            parts,
            new.tokens,
            new.model,
            row::name(&STATUSES, new.status),
            new.recall_score,
            metadata,
            foreign.map(|foreign| db.seal_label(&foreign.source, column::MESSAGE_FOREIGN_SOURCE)).transpose()?,
            foreign.map(|foreign| db.seal_label(&foreign.id, column::MESSAGE_FOREIGN_ID)).transpose()?,
            new.created_at.as_micros(),
        ],
    );
    written.map_err(name_conflict)?;
    activity::add(db, run.user, &new);
    run.added += 1;
    run.last = Some(new.id);
    run.tokens += i64::from(new.tokens.unwrap_or(0));
    run.bytes += bytes;
    run.latest = run.latest.max(new.created_at.as_micros());
    Ok(Message {
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
    })
}

fn finish(db: &Db, run: &Run) -> Attempt<()> {
    db.execute(EXTEND, params![id(run.conversation.as_uuid()), run.added, run.latest])?;
    stats::add_messages(db, run.user, run.added, run.tokens, run.bytes);
    Ok(())
}

/// The message that the next one of a run follows.
fn parent(db: &Db, run: &Run, follows: Follows) -> Attempt<Option<MessageId>> {
    match follows {
        Follows::Nothing => Ok(None),
        Follows::Latest if run.last_position == 0 || run.last.is_some() => Ok(run.last),
        Follows::Latest => messages::latest(db, run.conversation),
        Follows::Message(parent) => {
            let params = params![id(parent.as_uuid()), id(run.conversation.as_uuid())];
            let found = db.first(POSITION, params, |_| Ok(parent))?;
            found.map(Some).ok_or_else(|| Error::not_found("parent message").into())
        }
    }
}

fn name_conflict(failure: Failure) -> Failure {
    match Error::from(failure) {
        taken if taken.kind() == ErrorKind::Conflict => ErrorKind::Conflict
            .error("this message is stored already; its id or foreign id is taken")
            .with_code("message_exists")
            .with_source(taken)
            .into(),
        other => other.into(),
    }
}
