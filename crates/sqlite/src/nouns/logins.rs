use async_trait::async_trait;
use jarvis_core::{
    Error, Result, Scope, Timestamp,
    id::LoginId,
    ports::store::{ReadLogins, WriteLogins},
    types::{Exchange, Login, NewLogin, Rotation},
};
use rusqlite::{Row, params};

use super::MAX_LIST;
use crate::{
    db::{Db, id, owner, require_system},
    error::Attempt,
    row,
    run::{On, Run},
    unit::UnitConnection,
};

const GET: &str = include_str!("../../sql/logins/get.sql");
const LIST: &str = include_str!("../../sql/logins/list.sql");
const INSERT: &str = include_str!("../../sql/logins/insert.sql");
const INSERT_TOKEN: &str = include_str!("../../sql/logins/insert_token.sql");
const USE_TOKEN: &str = include_str!("../../sql/logins/use_token.sql");
const USED_TOKEN: &str = include_str!("../../sql/logins/used_token.sql");
const REPEATED_TOKEN: &str = include_str!("../../sql/logins/repeated_token.sql");
const EXTEND: &str = include_str!("../../sql/logins/extend.sql");
const END: &str = include_str!("../../sql/logins/end.sql");
const END_ALL: &str = include_str!("../../sql/logins/end_all.sql");
const PRUNE: &str = include_str!("../../sql/logins/prune.sql");
const PRUNE_TOKENS: &str = include_str!("../../sql/logins/prune_tokens.sql");

/// Logins, and tokens, forgotten in one unit.
const AT_ONCE: i64 = 500;

fn decode(row: &Row<'_>) -> Attempt<Login> {
    Ok(Login {
        id: row::uuid(row, 0)?.into(),
        user_id: row::uuid(row, 1)?.into(),
        label: row.get(2)?,
        created_at: row::time(row, 3)?,
        used_at: row::time(row, 4)?,
        expires_at: row::time(row, 5)?,
    })
}

fn insert(db: &Db, NewLogin { login, token }: &NewLogin) -> Attempt<()> {
    let Login { id: login_id, user_id, label, created_at, used_at, expires_at } = login;
    let (login_id, user) = (id(login_id.as_uuid()), id(user_id.as_uuid()));
    let params = params![login_id, user, label, created_at.as_micros(), used_at.as_micros(), expires_at.as_micros()];
    db.execute(INSERT, params)?;
    db.execute(INSERT_TOKEN, params![token.0, login_id, expires_at.as_micros()])?;
    Ok(())
}

fn rotate(db: &Db, exchange: Exchange) -> Attempt<Rotation> {
    let Exchange { token, next, now, expires_at, repeat_since } = exchange;
    let login = db.first(USE_TOKEN, params![token.0, now.as_micros()], |row| row::uuid(row, 0))?;
    let Some(login) = login else {
        let since = repeat_since.map(Timestamp::as_micros);
        if let Some(login) = db.first(REPEATED_TOKEN, params![token.0, next.0, since], decode)? {
            return Ok(Rotation::Repeated(login));
        }
        let Some(login) = db.first(USED_TOKEN, [token.0], decode)? else { return Ok(Rotation::Unknown) };
        db.execute(END, params![id(login.id.as_uuid()), None::<[u8; 16]>])?;
        return Ok(Rotation::Reused(login));
    };
    db.execute(INSERT_TOKEN, params![next.0, id(&login), expires_at.as_micros()])?;
    let login = db.first(EXTEND, params![id(&login), now.as_micros(), expires_at.as_micros()], decode)?;
    login.map(Rotation::Rotated).ok_or_else(|| Error::internal("a refresh token of no login").into())
}

#[async_trait]
impl<R: Run> ReadLogins for On<R> {
    async fn get(&self, scope: &Scope, login: LoginId) -> Result<Option<Login>> {
        let scope = *scope;
        self.0.ask(move |db| db.first(GET, params![id(login.as_uuid()), owner(&scope)], decode)).await
    }

    async fn list(&self, scope: &Scope, now: Timestamp) -> Result<Vec<Login>> {
        let user = id(scope.user().as_uuid());
        self.0.ask(move |db| db.all(LIST, params![user, now.as_micros(), MAX_LIST], decode)).await
    }
}

#[async_trait]
impl WriteLogins for On<UnitConnection> {
    async fn insert(&self, scope: &Scope, login: NewLogin) -> Result<()> {
        self.0.write(|db| {
            require_system(scope)?;
            db.atomic(|db| insert(db, &login))
        })
    }

    async fn rotate(&self, scope: &Scope, exchange: Exchange) -> Result<Rotation> {
        self.0.write(|db| {
            require_system(scope)?;
            db.atomic(|db| rotate(db, exchange))
        })
    }

    async fn end(&self, scope: &Scope, login: LoginId) -> Result<bool> {
        self.0.write(|db| Ok(db.execute(END, params![id(login.as_uuid()), owner(scope)])? > 0))
    }

    async fn end_all(&self, scope: &Scope, except: Option<LoginId>) -> Result<u64> {
        let except = except.map(|login| id(login.as_uuid()));
        self.0.write(|db| Ok(db.execute(END_ALL, params![id(scope.user().as_uuid()), except])? as u64))
    }

    async fn prune(&self, scope: &Scope, now: Timestamp) -> Result<u64> {
        self.0.write(|db| {
            require_system(scope)?;
            let tokens = db.execute(PRUNE_TOKENS, params![now.as_micros(), AT_ONCE])?;
            let logins = db.execute(PRUNE, params![now.as_micros(), AT_ONCE])?;
            Ok((tokens + logins) as u64)
        })
    }
}
