use async_trait::async_trait;
use jarvis_core::{
    Error, ErrorKind, Result, Scope,
    ports::store::WriteForeignIds,
    types::{ForeignId, ForeignKind},
};
use rusqlite::params;
use uuid::Uuid;

use super::check_ids;
use crate::{
    db::{Db, column, id},
    error::{Attempt, Failure},
    row,
    run::On,
    unit::UnitConnection,
};

const FIND: &str = include_str!("../../sql/foreign_ids/find.sql");
const FIND_MESSAGE: &str = include_str!("../../sql/foreign_ids/find_message.sql");
const NOTE_SESSION: &str = include_str!("../../sql/foreign_ids/note_session.sql");
const NOTE_CONVERSATION: &str = include_str!("../../sql/foreign_ids/note_conversation.sql");
const NOTE_MEMORY: &str = include_str!("../../sql/foreign_ids/note_memory.sql");
const FORGET: &str = include_str!("../../sql/foreign_ids/forget.sql");

/// How a kind is stored, what notes it, and its name for people; none for messages, whose table holds their foreign ids.
/// The statements name the numbers too.
const fn noted(kind: ForeignKind) -> Option<(i64, &'static str, &'static str)> {
    match kind {
        ForeignKind::Session => Some((1, NOTE_SESSION, "session")),
        ForeignKind::Conversation => Some((2, NOTE_CONVERSATION, "conversation")),
        ForeignKind::Memory => Some((3, NOTE_MEMORY, "memory")),
        ForeignKind::Message => None,
    }
}

/// One lookup by key each: within the process that costs less than a temporary table of the ids would.
fn find(db: &Db, scope: &Scope, kind: ForeignKind, source: &str, ids: &[String]) -> Attempt<Vec<Option<Uuid>>> {
    check_ids(ids.len())?;
    let (user, noted) = (id(scope.user().as_uuid()), noted(kind));
    let (source_column, id_column) = match noted {
        Some(_) => (column::FOREIGN_SOURCE, column::FOREIGN_ID),
        None => (column::MESSAGE_FOREIGN_SOURCE, column::MESSAGE_FOREIGN_ID),
    };
    let source = db.seal_label(source, source_column)?;
    let look = |foreign: &String| {
        let foreign = db.seal_label(foreign, id_column)?;
        match noted {
            Some((kind, ..)) => db.first(FIND, params![user, source, kind, foreign], |row| row::uuid(row, 0)),
            None => db.first(FIND_MESSAGE, params![user, source, foreign], |row| row::uuid(row, 0)),
        }
    };
    ids.iter().map(look).collect()
}

fn note(db: &Db, scope: &Scope, kind: ForeignKind, foreign: &ForeignId, made: Uuid) -> Attempt<()> {
    let (_, statement, noun) =
        noted(kind).ok_or_else(|| Error::invalid("kind", "a message carries its foreign id itself"))?;
    let source = db.seal_label(&foreign.source, column::FOREIGN_SOURCE)?;
    let foreign_id = db.seal_label(&foreign.id, column::FOREIGN_ID)?;
    let params = params![id(&made), id(scope.user().as_uuid()), source, foreign_id];
    match db.execute(statement, params).map_err(name_conflict)? {
        0 => Err(Error::not_found(noun).into()),
        _ => Ok(()),
    }
}

/// Something goes for good: what it came from may come again.
pub(super) fn forget(db: &Db, gone: &Uuid) -> Attempt<()> {
    db.execute(FORGET, [id(gone)]).map(drop)
}

fn name_conflict(failure: Failure) -> Failure {
    match Error::from(failure) {
        taken if taken.kind() == ErrorKind::Conflict => {
            ErrorKind::Conflict.error("this foreign id is noted already").with_source(taken).into()
        }
        other => other.into(),
    }
}

#[async_trait]
impl WriteForeignIds for On<UnitConnection> {
    async fn find(&self, scope: &Scope, kind: ForeignKind, source: &str, ids: &[String]) -> Result<Vec<Option<Uuid>>> {
        self.0.write(|db| find(db, scope, kind, source, ids))
    }

    async fn note(&self, scope: &Scope, kind: ForeignKind, foreign_id: ForeignId, made: Uuid) -> Result<()> {
        self.0.write(|db| note(db, scope, kind, &foreign_id, made))
    }
}
