use async_trait::async_trait;
use chrono::{DateTime, Utc};
use jarvis_core::{
    ErrorKind, Result, Scope, Timestamp,
    id::InviteId,
    ports::store::{ReadInvites, WriteInvites},
    types::{Invite, TokenHash},
};
use uuid::Uuid;

use super::{MAX_LIST, users::ROLES};
use crate::{
    db::{Db, require_system},
    error::Attempt,
    row,
    run::{On, Run},
    unit::UnitConnection,
};

struct InviteRow {
    id: Uuid,
    role: String,
    created_by: Option<Uuid>,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

fn decode(row: &InviteRow) -> Attempt<Invite> {
    Ok(Invite {
        id: row.id.into(),
        role: row::word(&row.role, |word| row::parse(&ROLES, word))?,
        created_by: row.created_by.map(Into::into),
        created_at: row::time(row.created_at),
        expires_at: row::time(row.expires_at),
    })
}

async fn list(db: &mut Db, scope: Scope, now: Timestamp) -> Attempt<Vec<Invite>> {
    require_system(scope)?;
    let rows = sqlx::query_file_as!(InviteRow, "sql/invites/list.sql", now.to_utc(), i64::from(MAX_LIST));
    rows.fetch_all(db.connection()).await?.iter().map(decode).collect()
}

async fn insert(db: &mut Db, scope: Scope, invite: Invite, token: TokenHash) -> Attempt<()> {
    require_system(scope)?;
    let by = invite.created_by.map(|user| *user.as_uuid());
    let (id, role) = (invite.id.as_uuid(), row::name(&ROLES, invite.role));
    let (created_at, expires_at) = (invite.created_at.to_utc(), invite.expires_at.to_utc());
    let added = sqlx::query_file!("sql/invites/insert.sql", id, role, by, created_at, expires_at, token.0.as_slice());
    match added.execute(db.connection()).await?.rows_affected() {
        0 => Err(ErrorKind::Conflict.error("this invitation is there already; make another").into()),
        _ => Ok(()),
    }
}

async fn take(db: &mut Db, scope: Scope, token: TokenHash, now: Timestamp) -> Attempt<Option<Invite>> {
    require_system(scope)?;
    let most = i64::from(MAX_LIST);
    sqlx::query_file!("sql/invites/prune.sql", now.to_utc(), most).execute(db.connection()).await?;
    let taken = sqlx::query_file_as!(InviteRow, "sql/invites/take.sql", token.0.as_slice());
    let taken = taken.fetch_optional(db.connection()).await?.as_ref().map(decode).transpose()?;
    Ok(taken.filter(|invite| invite.expires_at > now))
}

async fn remove(db: &mut Db, scope: Scope, invite: InviteId) -> Attempt<bool> {
    require_system(scope)?;
    let removed = sqlx::query_file!("sql/invites/remove.sql", invite.as_uuid());
    Ok(removed.execute(db.connection()).await?.rows_affected() > 0)
}

#[async_trait]
impl<R: Run> ReadInvites for On<R> {
    async fn list(&self, scope: &Scope, now: Timestamp) -> Result<Vec<Invite>> {
        let scope = *scope;
        self.0.ask(scope, move |db| Box::pin(list(db, scope, now))).await
    }
}

#[async_trait]
impl WriteInvites for On<UnitConnection> {
    async fn insert(&self, scope: &Scope, invite: Invite, token: TokenHash) -> Result<()> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(insert(db, scope, invite, token))).await
    }

    async fn take(&self, scope: &Scope, token: TokenHash, now: Timestamp) -> Result<Option<Invite>> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(take(db, scope, token, now))).await
    }

    async fn remove(&self, scope: &Scope, invite: InviteId) -> Result<bool> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(remove(db, scope, invite))).await
    }
}
