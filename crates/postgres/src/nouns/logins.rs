use async_trait::async_trait;
use chrono::{DateTime, Utc};
use jarvis_core::{
    Error, ErrorKind, Result, Scope, Timestamp,
    id::LoginId,
    ports::store::{ReadLogins, WriteLogins},
    types::{Exchange, Login, NewLogin, Rotation, TokenHash},
};
use uuid::Uuid;

use super::MAX_LIST;
use crate::{
    db::{Db, owner, require_system},
    error::Attempt,
    row,
    run::{On, Run},
    unit::UnitConnection,
};

/// Logins, and tokens, forgotten in one unit.
const AT_ONCE: i64 = 500;

struct LoginRow {
    id: Uuid,
    user_id: Uuid,
    label: Option<String>,
    created_at: DateTime<Utc>,
    used_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

fn decode(row: LoginRow) -> Login {
    Login {
        id: row.id.into(),
        user_id: row.user_id.into(),
        label: row.label,
        created_at: row::time(row.created_at),
        used_at: row::time(row.used_at),
        expires_at: row::time(row.expires_at),
    }
}

async fn get(db: &mut Db, scope: Scope, login: LoginId) -> Attempt<Option<Login>> {
    let found = sqlx::query_file_as!(LoginRow, "sql/logins/get.sql", login.as_uuid(), owner(scope));
    Ok(found.fetch_optional(db.connection()).await?.map(decode))
}

async fn list(db: &mut Db, scope: Scope, now: Timestamp) -> Attempt<Vec<Login>> {
    let user = scope.user();
    let most = i64::from(MAX_LIST);
    let rows = sqlx::query_file_as!(LoginRow, "sql/logins/list.sql", user.as_uuid(), now.to_utc(), most);
    Ok(rows.fetch_all(db.connection()).await?.into_iter().map(decode).collect())
}

async fn insert(db: &mut Db, scope: Scope, new: NewLogin) -> Attempt<()> {
    require_system(scope)?;
    let NewLogin { login, token } = new;
    let (id, expires_at) = (login.id.as_uuid(), login.expires_at.to_utc());
    let (user, created, used) = (login.user_id.as_uuid(), login.created_at.to_utc(), login.used_at.to_utc());
    sqlx::query_file!("sql/logins/insert.sql", id, user, login.label, created, used, expires_at)
        .execute(db.connection())
        .await?;
    add_token(db, token, login.id, expires_at).await
}

async fn add_token(db: &mut Db, token: TokenHash, login: LoginId, expires_at: DateTime<Utc>) -> Attempt<()> {
    let added = sqlx::query_file!("sql/logins/insert_token.sql", token.0.as_slice(), login.as_uuid(), expires_at);
    match added.execute(db.connection()).await?.rows_affected() {
        0 => Err(ErrorKind::Conflict.error("this token is there already; make another").into()),
        _ => Ok(()),
    }
}

/// Of many who use a token at once, one finds it unused: the others wait for its row, and see it used.
async fn rotate(db: &mut Db, scope: Scope, exchange: Exchange) -> Attempt<Rotation> {
    require_system(scope)?;
    let Exchange { token, next, now, expires_at, repeat_since } = exchange;
    let used = sqlx::query_file_scalar!("sql/logins/use_token.sql", token.0.as_slice(), now.to_utc());
    let Some(login) = used.fetch_optional(db.connection()).await? else {
        let (used, next, since) = (token.0.as_slice(), next.0.as_slice(), repeat_since.map(Timestamp::to_utc));
        let repeated = sqlx::query_file_as!(LoginRow, "sql/logins/repeated_token.sql", used, next, since);
        if let Some(login) = repeated.fetch_optional(db.connection()).await?.map(decode) {
            return Ok(Rotation::Repeated(login));
        }
        let used = sqlx::query_file_as!(LoginRow, "sql/logins/used_token.sql", token.0.as_slice());
        let Some(login) = used.fetch_optional(db.connection()).await?.map(decode) else {
            return Ok(Rotation::Unknown);
        };
        sqlx::query_file!("sql/logins/end.sql", login.id.as_uuid(), None::<Uuid>).execute(db.connection()).await?;
        return Ok(Rotation::Reused(login));
    };
    add_token(db, next, login.into(), expires_at.to_utc()).await?;
    let login = sqlx::query_file_as!(LoginRow, "sql/logins/extend.sql", login, now.to_utc(), expires_at.to_utc());
    let login = login.fetch_optional(db.connection()).await?.map(decode);
    login.map(Rotation::Rotated).ok_or_else(|| Error::internal("a refresh token of no login").into())
}

async fn end(db: &mut Db, scope: Scope, login: LoginId) -> Attempt<bool> {
    let ended = sqlx::query_file!("sql/logins/end.sql", login.as_uuid(), owner(scope));
    Ok(ended.execute(db.connection()).await?.rows_affected() > 0)
}

async fn end_all(db: &mut Db, scope: Scope, except: Option<LoginId>) -> Attempt<u64> {
    let (user, except) = (scope.user(), except.map(|login| *login.as_uuid()));
    let ended = sqlx::query_file!("sql/logins/end_all.sql", user.as_uuid(), except);
    Ok(ended.execute(db.connection()).await?.rows_affected())
}

async fn prune(db: &mut Db, scope: Scope, now: Timestamp) -> Attempt<u64> {
    require_system(scope)?;
    let now = now.to_utc();
    let tokens = sqlx::query_file!("sql/logins/prune_tokens.sql", now, AT_ONCE).execute(db.connection()).await?;
    let logins = sqlx::query_file!("sql/logins/prune.sql", now, AT_ONCE).execute(db.connection()).await?;
    Ok(tokens.rows_affected() + logins.rows_affected())
}

#[async_trait]
impl<R: Run> ReadLogins for On<R> {
    async fn get(&self, scope: &Scope, login: LoginId) -> Result<Option<Login>> {
        let scope = *scope;
        self.0.ask(scope, move |db| Box::pin(get(db, scope, login))).await
    }

    async fn list(&self, scope: &Scope, now: Timestamp) -> Result<Vec<Login>> {
        let scope = *scope;
        self.0.ask(scope, move |db| Box::pin(list(db, scope, now))).await
    }
}

#[async_trait]
impl WriteLogins for On<UnitConnection> {
    async fn insert(&self, scope: &Scope, login: NewLogin) -> Result<()> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(insert(db, scope, login))).await
    }

    async fn rotate(&self, scope: &Scope, exchange: Exchange) -> Result<Rotation> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(rotate(db, scope, exchange))).await
    }

    async fn end(&self, scope: &Scope, login: LoginId) -> Result<bool> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(end(db, scope, login))).await
    }

    async fn end_all(&self, scope: &Scope, except: Option<LoginId>) -> Result<u64> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(end_all(db, scope, except))).await
    }

    async fn prune(&self, scope: &Scope, now: Timestamp) -> Result<u64> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(prune(db, scope, now))).await
    }
}
