use async_trait::async_trait;
use jarvis_core::{
    Result, Scope, Timestamp,
    id::InviteId,
    ports::store::{ReadInvites, WriteInvites},
    types::{Invite, TokenHash},
};
use rusqlite::{Row, params};

use super::{MAX_LIST, users::ROLES};
use crate::{
    db::{id, require_system},
    error::Attempt,
    row,
    run::{On, Run},
    unit::UnitConnection,
};

const LIST: &str = include_str!("../../sql/invites/list.sql");
const INSERT: &str = include_str!("../../sql/invites/insert.sql");
const TAKE: &str = include_str!("../../sql/invites/take.sql");
const PRUNE: &str = include_str!("../../sql/invites/prune.sql");
const REMOVE: &str = include_str!("../../sql/invites/remove.sql");

fn decode(row: &Row<'_>) -> Attempt<Invite> {
    Ok(Invite {
        id: row::uuid(row, 0)?.into(),
        role: row::word(row, 1, |word| row::parse(&ROLES, word))?,
        created_by: row::uuid_opt(row, 2)?.map(Into::into),
        created_at: row::time(row, 3)?,
        expires_at: row::time(row, 4)?,
    })
}

#[async_trait]
impl<R: Run> ReadInvites for On<R> {
    async fn list(&self, scope: &Scope, now: Timestamp) -> Result<Vec<Invite>> {
        let scope = *scope;
        self.0
            .ask(move |db| {
                require_system(&scope)?;
                db.all(LIST, params![now.as_micros(), MAX_LIST], decode)
            })
            .await
    }
}

#[async_trait]
impl WriteInvites for On<UnitConnection> {
    async fn insert(&self, scope: &Scope, invite: Invite, token: TokenHash) -> Result<()> {
        let Invite { id: invite_id, role, created_by, created_at, expires_at } = invite;
        let by = created_by.map(|user| id(user.as_uuid()));
        let (created, expires) = (created_at.as_micros(), expires_at.as_micros());
        self.0.write(|db| {
            require_system(scope)?;
            let role = row::name(&ROLES, role);
            db.execute(INSERT, params![id(invite_id.as_uuid()), role, by, created, expires, token.0]).map(drop)
        })
    }

    async fn take(&self, scope: &Scope, token: TokenHash, now: Timestamp) -> Result<Option<Invite>> {
        self.0.write(|db| {
            require_system(scope)?;
            db.execute(PRUNE, params![now.as_micros(), MAX_LIST])?;
            Ok(db.first(TAKE, [token.0], decode)?.filter(|invite| invite.expires_at > now))
        })
    }

    async fn remove(&self, scope: &Scope, invite: InviteId) -> Result<bool> {
        self.0.write(|db| {
            require_system(scope)?;
            Ok(db.execute(REMOVE, [id(invite.as_uuid())])? > 0)
        })
    }
}
