use async_trait::async_trait;
use chrono::{DateTime, Utc};
use jarvis_core::{
    ErrorKind, Result, Scope, Timestamp,
    id::ApiKeyId,
    ports::store::{ReadApiKeys, WriteApiKeys},
    types::{ApiKey, NewApiKey, Permissions, TokenHash},
};
use uuid::Uuid;

use super::{MAX_LIST, users::require_owner};
use crate::{
    db::{Db, owner, require_system},
    error::Attempt,
    row,
    run::{On, Run},
    unit::UnitConnection,
};

struct KeyRow {
    id: Uuid,
    user_id: Uuid,
    name: String,
    prefix: String,
    permissions: String,
    created_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    last_used_at: Option<DateTime<Utc>>,
}

fn decode(row: KeyRow) -> Attempt<ApiKey> {
    Ok(ApiKey {
        id: row.id.into(),
        user_id: row.user_id.into(),
        name: row.name,
        prefix: row.prefix,
        permissions: row::word(&row.permissions, Permissions::from_text)?,
        created_at: row::time(row.created_at),
        expires_at: row::time_opt(row.expires_at),
        last_used_at: row::time_opt(row.last_used_at),
    })
}

async fn by_token(db: &mut Db, scope: Scope, token: TokenHash) -> Attempt<Option<ApiKey>> {
    require_system(scope)?;
    let found = sqlx::query_file_as!(KeyRow, "sql/api_keys/by_token.sql", token.0.as_slice());
    found.fetch_optional(db.connection()).await?.map(decode).transpose()
}

async fn list(db: &mut Db, scope: Scope) -> Attempt<Vec<ApiKey>> {
    let user = scope.user();
    let rows = sqlx::query_file_as!(KeyRow, "sql/api_keys/list.sql", user.as_uuid(), i64::from(MAX_LIST));
    rows.fetch_all(db.connection()).await?.into_iter().map(decode).collect()
}

async fn insert(db: &mut Db, scope: Scope, new: NewApiKey) -> Attempt<()> {
    require_owner(db, scope).await?;
    let NewApiKey { key, token } = new;
    let (id, user, permissions) = (key.id.as_uuid(), scope.user(), key.permissions.to_text());
    let (created_at, expires_at) = (key.created_at.to_utc(), key.expires_at.map(Timestamp::to_utc));
    let added = sqlx::query_file!(
        "sql/api_keys/insert.sql",
        id,
        user.as_uuid(),
        key.name,
        key.prefix,
        permissions,
        created_at,
        expires_at,
        token.0.as_slice()
    );
    match added.execute(db.connection()).await?.rows_affected() {
        0 => Err(ErrorKind::Conflict.error("this key is there already; make another").into()),
        _ => Ok(()),
    }
}

async fn remove(db: &mut Db, scope: Scope, key: ApiKeyId) -> Attempt<Option<ApiKey>> {
    let gone = sqlx::query_file_as!(KeyRow, "sql/api_keys/remove.sql", key.as_uuid(), owner(scope));
    gone.fetch_optional(db.connection()).await?.map(decode).transpose()
}

async fn touch(db: &mut Db, scope: Scope, key: ApiKeyId, at: Timestamp) -> Attempt<()> {
    require_system(scope)?;
    sqlx::query_file!("sql/api_keys/touch.sql", key.as_uuid(), at.to_utc()).execute(db.connection()).await?;
    Ok(())
}

#[async_trait]
impl<R: Run> ReadApiKeys for On<R> {
    async fn by_token(&self, scope: &Scope, token: TokenHash) -> Result<Option<ApiKey>> {
        let scope = *scope;
        self.0.ask(scope, move |db| Box::pin(by_token(db, scope, token))).await
    }

    async fn list(&self, scope: &Scope) -> Result<Vec<ApiKey>> {
        let scope = *scope;
        self.0.ask(scope, move |db| Box::pin(list(db, scope))).await
    }
}

#[async_trait]
impl WriteApiKeys for On<UnitConnection> {
    async fn insert(&self, scope: &Scope, key: NewApiKey) -> Result<()> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(insert(db, scope, key))).await
    }

    async fn remove(&self, scope: &Scope, key: ApiKeyId) -> Result<Option<ApiKey>> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(remove(db, scope, key))).await
    }

    async fn touch(&self, scope: &Scope, key: ApiKeyId, at: Timestamp) -> Result<()> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(touch(db, scope, key, at))).await
    }
}
