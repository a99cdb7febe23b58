use async_trait::async_trait;
use chrono::{DateTime, Utc};
use jarvis_core::{
    Error, Result, Scope, Timestamp,
    id::SessionId,
    ports::store::{ReadSessions, WriteSessions},
    types::{Cursor, NewSession, Page, Session, SessionPatch, SessionStatus},
};
use std::borrow::Cow;
use uuid::Uuid;

use super::{one_more, page, taken};
use crate::{
    counters,
    db::{Db, Sealed, column, owner, stored_bytes},
    error::Attempt,
    row,
    run::{On, Run},
    unit::UnitConnection,
};

pub(super) const STATUSES: [(SessionStatus, &str); 2] =
    [(SessionStatus::Active, "active"), (SessionStatus::Archived, "archived")];

pub(super) struct SessionRow {
    pub(super) id: Uuid,
    pub(super) name: Vec<u8>,
    pub(super) role: Option<Vec<u8>>,
    pub(super) goals: Option<Vec<u8>>,
    pub(super) template: Option<Vec<u8>>,
    pub(super) status: String,
    pub(super) metadata: Option<Vec<u8>>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
}

pub(super) fn decode(db: &Db, row: SessionRow) -> Attempt<Session> {
    Ok(Session {
        id: row.id.into(),
        name: db.open(row.name, column::SESSION_NAME)?,
        role: db.open_opt(row.role, column::SESSION_ROLE)?,
        goals: db.open_opt(row.goals, column::SESSION_GOALS)?,
        template: db.open_opt(row.template, column::SESSION_TEMPLATE)?,
        status: row::word(&row.status, |word| row::parse(&STATUSES, word))?,
        metadata: db.open_json(row.metadata, column::SESSION_METADATA)?,
        created_at: row::time(row.created_at),
        updated_at: row::time(row.updated_at),
    })
}

/// What people wrote of a session.
struct SealedSession<'a> {
    name: Cow<'a, [u8]>,
    role: Sealed<'a>,
    goals: Sealed<'a>,
    template: Sealed<'a>,
    metadata: Sealed<'a>,
}

impl SealedSession<'_> {
    fn bytes(&self) -> i64 {
        let Self { name, role, goals, template, metadata } = self;
        stored_bytes(&[Some(&**name), role.as_deref(), goals.as_deref(), template.as_deref(), metadata.as_deref()])
    }
}

fn seal<'a>(db: &Db, session: &'a Session) -> Attempt<SealedSession<'a>> {
    Ok(SealedSession {
        name: db.seal(&session.name, column::SESSION_NAME)?,
        role: db.seal_opt(session.role.as_deref(), column::SESSION_ROLE)?,
        goals: db.seal_opt(session.goals.as_deref(), column::SESSION_GOALS)?,
        template: db.seal_opt(session.template.as_deref(), column::SESSION_TEMPLATE)?,
        metadata: db.seal_json(session.metadata.as_ref(), column::SESSION_METADATA)?,
    })
}

async fn get(db: &mut Db, scope: Scope, session: SessionId) -> Attempt<Option<Session>> {
    let found = sqlx::query_file_as!(SessionRow, "sql/sessions/get.sql", session.as_uuid(), owner(scope));
    let found = found.fetch_optional(db.connection()).await?;
    found.map(|row| decode(db, row)).transpose()
}

async fn list(db: &mut Db, scope: Scope, limit: u32, after: Option<Cursor>) -> Attempt<Page<Session>> {
    let (at, before) = row::start(after);
    let (user, rows) = (scope.user(), one_more(limit));
    let (found, total) = if scope.is_system() {
        let found = sqlx::query_file_as!(SessionRow, "sql/sessions/list_all.sql", at, before, rows);
        let found = found.fetch_all(db.connection()).await?;
        (found, sqlx::query_file_scalar!("sql/sessions/count_all.sql").fetch_one(db.connection()).await?)
    } else {
        let found = sqlx::query_file_as!(SessionRow, "sql/sessions/list.sql", user.as_uuid(), at, before, rows);
        let found = found.fetch_all(db.connection()).await?;
        (found, sqlx::query_file_scalar!("sql/sessions/count.sql", user.as_uuid()).fetch_one(db.connection()).await?)
    };
    let items = found.into_iter().map(|row| decode(db, row)).collect::<Attempt<Vec<_>>>()?;
    let cursor = |last: &Session| Cursor { at: last.created_at, id: *last.id.as_uuid() };
    Ok(page(items, limit, row::count(total), cursor))
}

async fn insert(db: &mut Db, scope: Scope, new: NewSession) -> Attempt<Session> {
    let session = Session {
        id: new.id,
        name: new.name,
        role: new.role,
        goals: new.goals,
        template: new.template,
        status: SessionStatus::Active,
        metadata: new.metadata,
        created_at: new.created_at,
        updated_at: new.created_at,
    };
    let (user, sealed) = (scope.user(), seal(db, &session)?);
    let bytes = sealed.bytes();
    let outcome = sqlx::query_file!(
        "sql/sessions/insert.sql",
        session.id.as_uuid(),
        user.as_uuid(),
        &*sealed.name,
        sealed.role.as_deref(),
        sealed.goals.as_deref(),
        sealed.template.as_deref(),
        row::name(&STATUSES, session.status),
        sealed.metadata.as_deref(),
        session.created_at.to_utc(),
    )
    .fetch_one(db.connection())
    .await?;
    match (outcome.owner_there, outcome.added) {
        (false, _) => Err(Error::not_found("user").into()),
        (true, false) => Err(taken().into()),
        (true, true) => {
            counters::add_bytes(db, user, bytes);
            Ok(session)
        }
    }
}

async fn update(
    db: &mut Db,
    scope: Scope,
    session: SessionId,
    patch: SessionPatch,
    now: Timestamp,
) -> Attempt<Option<Session>> {
    let held = sqlx::query_file_as!(SessionRow, "sql/sessions/lock.sql", session.as_uuid(), owner(scope));
    let Some(held) = held.fetch_optional(db.connection()).await? else { return Ok(None) };
    let before =
        [Some(&held.name), held.role.as_ref(), held.goals.as_ref(), held.template.as_ref(), held.metadata.as_ref()];
    let before = stored_bytes(&before.map(|text| text.map(Vec::as_slice)));
    let mut session = decode(db, held)?;
    session.name = patch.name.unwrap_or(session.name);
    session.role = patch.role.unwrap_or(session.role);
    session.goals = patch.goals.unwrap_or(session.goals);
    session.template = patch.template.unwrap_or(session.template);
    session.status = patch.status.unwrap_or(session.status);
    session.metadata = patch.metadata.unwrap_or(session.metadata);
    session.updated_at = now;
    let sealed = seal(db, &session)?;
    let bytes = sealed.bytes();
    let user = sqlx::query_file_scalar!(
        "sql/sessions/update.sql",
        session.id.as_uuid(),
        &*sealed.name,
        sealed.role.as_deref(),
        sealed.goals.as_deref(),
        sealed.template.as_deref(),
        row::name(&STATUSES, session.status),
        sealed.metadata.as_deref(),
        now.to_utc(),
    )
    .fetch_one(db.connection())
    .await?;
    counters::add_bytes(db, user.into(), bytes - before);
    Ok(Some(session))
}

async fn delete(db: &mut Db, scope: Scope, session: SessionId) -> Attempt<bool> {
    let gone = sqlx::query_file!("sql/sessions/delete.sql", session.as_uuid(), owner(scope));
    let Some(gone) = gone.fetch_optional(db.connection()).await? else { return Ok(false) };
    counters::add_bytes(db, gone.user_id.into(), -gone.bytes);
    Ok(true)
}

/// Whether a session is the scope's; the error says that it is not.
pub(super) async fn require(db: &mut Db, scope: Scope, session: SessionId) -> Attempt<()> {
    match get(db, scope, session).await? {
        Some(_) => Ok(()),
        None => Err(Error::not_found("session").into()),
    }
}

#[async_trait]
impl<R: Run> ReadSessions for On<R> {
    async fn get(&self, scope: &Scope, session: SessionId) -> Result<Option<Session>> {
        let scope = *scope;
        self.0.ask(scope, move |db| Box::pin(get(db, scope, session))).await
    }

    async fn list(&self, scope: &Scope, limit: u32, after: Option<Cursor>) -> Result<Page<Session>> {
        let scope = *scope;
        self.0.ask(scope, move |db| Box::pin(list(db, scope, limit, after))).await
    }
}

#[async_trait]
impl WriteSessions for On<UnitConnection> {
    async fn insert(&self, scope: &Scope, session: NewSession) -> Result<Session> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(insert(db, scope, session))).await
    }

    async fn update(
        &self,
        scope: &Scope,
        session: SessionId,
        patch: SessionPatch,
        now: Timestamp,
    ) -> Result<Option<Session>> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(update(db, scope, session, patch, now))).await
    }

    async fn delete(&self, scope: &Scope, session: SessionId) -> Result<bool> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(delete(db, scope, session))).await
    }
}
