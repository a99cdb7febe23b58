use async_trait::async_trait;
use jarvis_core::{
    Error, ErrorKind, Result, Scope,
    ports::store::WriteForeignIds,
    types::{ForeignId, ForeignKind},
};
use uuid::Uuid;

use super::check_ids;
use crate::{
    db::{Db, column},
    error::Attempt,
    run::On,
    unit::UnitConnection,
};

/// How a kind is stored; none for messages, whose table holds their foreign ids. The statements name the numbers too.
const fn number(kind: ForeignKind) -> Option<i16> {
    match kind {
        ForeignKind::Session => Some(1),
        ForeignKind::Conversation => Some(2),
        ForeignKind::Memory => Some(3),
        ForeignKind::Message => None,
    }
}

async fn find(
    db: &mut Db,
    user: Uuid,
    kind: ForeignKind,
    source: String,
    ids: Vec<String>,
) -> Attempt<Vec<Option<Uuid>>> {
    check_ids(ids.len())?;
    let number = number(kind);
    let (source_column, id_column) = match number {
        Some(_) => (column::FOREIGN_SOURCE, column::FOREIGN_ID),
        None => (column::MESSAGE_FOREIGN_SOURCE, column::MESSAGE_FOREIGN_ID),
    };
    let source = db.seal_label(&source, source_column)?;
    let seal = |id: &String| Ok(db.seal_label(id, id_column)?.into_owned());
    let ids = ids.iter().map(seal).collect::<Attempt<Vec<String>>>()?;
    let found = match number {
        Some(kind) => {
            sqlx::query_file_scalar!("sql/foreign_ids/find.sql", user, &*source, kind, &ids)
                .fetch_all(db.connection())
                .await?
        }
        None => {
            sqlx::query_file_scalar!("sql/foreign_ids/find_message.sql", user, &*source, &ids)
                .fetch_all(db.connection())
                .await?
        }
    };
    Ok(found)
}

/// What noting found: whether the thing is the person's, and whether its foreign id was free.
struct Noted {
    found: bool,
    noted: bool,
}

async fn note(db: &mut Db, user: Uuid, kind: ForeignKind, foreign: ForeignId, made: Uuid) -> Attempt<()> {
    let ForeignId { source, id } = foreign;
    let source = db.seal_label(&source, column::FOREIGN_SOURCE)?.into_owned();
    let id = db.seal_label(&id, column::FOREIGN_ID)?.into_owned();
    let (noted, noun) = match kind {
        ForeignKind::Session => (
            sqlx::query_file_as!(Noted, "sql/foreign_ids/note_session.sql", made, user, source, id)
                .fetch_one(db.connection())
                .await?,
            "session",
        ),
        ForeignKind::Conversation => (
            sqlx::query_file_as!(Noted, "sql/foreign_ids/note_conversation.sql", made, user, source, id)
                .fetch_one(db.connection())
                .await?,
            "conversation",
        ),
        ForeignKind::Memory => (
            sqlx::query_file_as!(Noted, "sql/foreign_ids/note_memory.sql", made, user, source, id)
                .fetch_one(db.connection())
                .await?,
            "memory",
        ),
        ForeignKind::Message => return Err(Error::invalid("kind", "a message carries its foreign id itself").into()),
    };
    match noted {
        Noted { found: false, .. } => Err(Error::not_found(noun).into()),
        Noted { noted: false, .. } => Err(ErrorKind::Conflict.error("this foreign id is noted already").into()),
        Noted { .. } => Ok(()),
    }
}

/// Some things go for good: what they came from may come again.
pub(super) async fn forget(db: &mut Db, gone: &[Uuid]) -> Attempt<()> {
    sqlx::query_file!("sql/foreign_ids/forget.sql", gone).execute(db.connection()).await?;
    Ok(())
}

#[async_trait]
impl WriteForeignIds for On<UnitConnection> {
    async fn find(&self, scope: &Scope, kind: ForeignKind, source: &str, ids: &[String]) -> Result<Vec<Option<Uuid>>> {
        let (user, source, ids) = (*scope.user().as_uuid(), source.to_owned(), ids.to_vec());
        self.0.write(scope, move |db| Box::pin(find(db, user, kind, source, ids))).await
    }

    async fn note(&self, scope: &Scope, kind: ForeignKind, foreign_id: ForeignId, made: Uuid) -> Result<()> {
        let user = *scope.user().as_uuid();
        self.0.write(scope, move |db| Box::pin(note(db, user, kind, foreign_id, made))).await
    }
}
