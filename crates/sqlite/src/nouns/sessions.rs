use async_trait::async_trait;
use jarvis_core::{
    Error, Result, Scope, Timestamp,
    id::{SessionId, UserId},
    ports::store::{ReadSessions, WriteSessions},
    types::{Cursor, NewSession, Page, Session, SessionPatch, SessionStatus},
};
use rusqlite::{Row, params};

use super::{foreign_ids, one_more, page, stats, users};
use crate::{
    db::{Db, column, id, owner},
    error::Attempt,
    row,
    run::{On, Run},
    unit::UnitConnection,
};

const GET: &str = include_str!("../../sql/sessions/get.sql");
const LIST: &str = include_str!("../../sql/sessions/list.sql");
const LIST_ALL: &str = include_str!("../../sql/sessions/list_all.sql");
const COUNT: &str = include_str!("../../sql/sessions/count.sql");
const COUNT_ALL: &str = include_str!("../../sql/sessions/count_all.sql");
const INSERT: &str = include_str!("../../sql/sessions/insert.sql");
const SIZE: &str = include_str!("../../sql/sessions/size.sql");
const UPDATE: &str = include_str!("../../sql/sessions/update.sql");
const DELETE: &str = include_str!("../../sql/sessions/delete.sql");

pub(super) const STATUSES: [(SessionStatus, &str); 2] =
    [(SessionStatus::Active, "active"), (SessionStatus::Archived, "archived")];

pub(super) fn decode(db: &Db, row: &Row<'_>) -> Attempt<Session> {
    Ok(Session {
        id: row::uuid(row, 0)?.into(),
        name: db.open(row, 1, column::SESSION_NAME)?,
        role: db.open_opt(row, 2, column::SESSION_ROLE)?,
        goals: db.open_opt(row, 3, column::SESSION_GOALS)?,
        template: db.open_opt(row, 4, column::SESSION_TEMPLATE)?,
        status: row::word(row, 5, |word| row::parse(&STATUSES, word))?,
        metadata: db.open_json(row, 6, column::SESSION_METADATA)?,
        created_at: row::time(row, 7)?,
        updated_at: row::time(row, 8)?,
    })
}

/// By identity.
pub(crate) fn get(db: &Db, scope: &Scope, session: SessionId) -> Attempt<Option<Session>> {
    db.first(GET, params![id(session.as_uuid()), owner(scope)], |row| decode(db, row))
}

fn list(db: &Db, scope: &Scope, limit: u32, after: Option<Cursor>) -> Attempt<Page<Session>> {
    let (at, before) = row::start(after);
    let user = id(scope.user().as_uuid());
    let rows = one_more(limit);
    let (items, total) = if scope.is_system() {
        (db.all(LIST_ALL, params![at, before, rows], |row| decode(db, row))?, db.number(COUNT_ALL, [])?)
    } else {
        (db.all(LIST, params![user, at, before, rows], |row| decode(db, row))?, db.number(COUNT, [user])?)
    };
    Ok(page(items, limit, total, |last| Cursor { at: last.created_at, id: *last.id.as_uuid() }))
}

fn insert(db: &Db, scope: &Scope, new: NewSession) -> Attempt<Session> {
    users::require_owner(db, scope)?;
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
    db.execute(
        INSERT,
        params![
            id(session.id.as_uuid()),
            id(scope.user().as_uuid()),
            db.seal(&session.name, column::SESSION_NAME)?,
            db.seal_opt(session.role.as_deref(), column::SESSION_ROLE)?,
            db.seal_opt(session.goals.as_deref(), column::SESSION_GOALS)?,
            db.seal_opt(session.template.as_deref(), column::SESSION_TEMPLATE)?,
            row::name(&STATUSES, session.status),
            db.seal_json(session.metadata.as_ref(), column::SESSION_METADATA)?,
            session.created_at.as_micros(),
        ],
    )?;
    grown(db, session.id, 0)?;
    Ok(session)
}

fn update(db: &Db, scope: &Scope, session: SessionId, patch: SessionPatch, now: Timestamp) -> Attempt<Option<Session>> {
    let Some(mut session) = get(db, scope, session)? else { return Ok(None) };
    session.name = patch.name.unwrap_or(session.name);
    session.role = patch.role.unwrap_or(session.role);
    session.goals = patch.goals.unwrap_or(session.goals);
    session.template = patch.template.unwrap_or(session.template);
    session.status = patch.status.unwrap_or(session.status);
    session.metadata = patch.metadata.unwrap_or(session.metadata);
    session.updated_at = now;
    let before = size(db, session.id)?.map_or(0, |(_, bytes)| bytes);
    db.execute(
        UPDATE,
        params![
            id(session.id.as_uuid()),
            db.seal(&session.name, column::SESSION_NAME)?,
            db.seal_opt(session.role.as_deref(), column::SESSION_ROLE)?,
            db.seal_opt(session.goals.as_deref(), column::SESSION_GOALS)?,
            db.seal_opt(session.template.as_deref(), column::SESSION_TEMPLATE)?,
            row::name(&STATUSES, session.status),
            db.seal_json(session.metadata.as_ref(), column::SESSION_METADATA)?,
            now.as_micros(),
        ],
    )?;
    grown(db, session.id, before)?;
    Ok(Some(session))
}

fn delete(db: &Db, scope: &Scope, session: SessionId) -> Attempt<bool> {
    let size = size(db, session)?;
    let existed = db.execute(DELETE, params![id(session.as_uuid()), owner(scope)])? > 0;
    if let (true, Some((user, bytes))) = (existed, size) {
        stats::add_bytes(db, user, -bytes);
        foreign_ids::forget(db, session.as_uuid())?;
    }
    Ok(existed)
}

/// Whose a session is, and what it takes as it is stored.
fn size(db: &Db, session: SessionId) -> Attempt<Option<(UserId, i64)>> {
    db.first(SIZE, [id(session.as_uuid())], |row| Ok((row::uuid(row, 0)?.into(), row.get(1)?)))
}

/// Counts by how much a session grew that took so much before.
pub(super) fn grown(db: &Db, session: SessionId, before: i64) -> Attempt<()> {
    if let Some((user, bytes)) = size(db, session)? {
        stats::add_bytes(db, user, bytes - before);
    }
    Ok(())
}

/// Whether a session is the scope's; the error says that it is not.
pub(crate) fn require(db: &Db, scope: &Scope, session: SessionId) -> Attempt<()> {
    match db.first(GET, params![id(session.as_uuid()), owner(scope)], |_| Ok(()))? {
        Some(()) => Ok(()),
        None => Err(Error::not_found("session").into()),
    }
}

#[async_trait]
impl<R: Run> ReadSessions for On<R> {
    async fn get(&self, scope: &Scope, session: SessionId) -> Result<Option<Session>> {
        let scope = *scope;
        self.0.ask(move |db| get(db, &scope, session)).await
    }

    async fn list(&self, scope: &Scope, limit: u32, after: Option<Cursor>) -> Result<Page<Session>> {
        let scope = *scope;
        self.0.ask(move |db| db.snapshot(|db| list(db, &scope, limit, after))).await
    }
}

#[async_trait]
impl WriteSessions for On<UnitConnection> {
    async fn insert(&self, scope: &Scope, session: NewSession) -> Result<Session> {
        self.0.write(|db| insert(db, scope, session))
    }

    async fn update(
        &self,
        scope: &Scope,
        session: SessionId,
        patch: SessionPatch,
        now: Timestamp,
    ) -> Result<Option<Session>> {
        self.0.write(|db| update(db, scope, session, patch, now))
    }

    async fn delete(&self, scope: &Scope, session: SessionId) -> Result<bool> {
        let existed = self.0.write(|db| delete(db, scope, session))?;
        if existed {
            self.0.note_erased();
        }
        Ok(existed)
    }
}
