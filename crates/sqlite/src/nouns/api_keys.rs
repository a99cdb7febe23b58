use async_trait::async_trait;
use jarvis_core::{
    Result, Scope, Timestamp,
    id::ApiKeyId,
    ports::store::{ReadApiKeys, WriteApiKeys},
    types::{ApiKey, NewApiKey, Permissions, TokenHash},
};
use rusqlite::{Row, params};

use super::{MAX_LIST, users::require_owner};
use crate::{
    db::{Db, id, owner, require_system},
    error::Attempt,
    row,
    run::{On, Run},
    unit::UnitConnection,
};

const BY_TOKEN: &str = include_str!("../../sql/api_keys/by_token.sql");
const LIST: &str = include_str!("../../sql/api_keys/list.sql");
const INSERT: &str = include_str!("../../sql/api_keys/insert.sql");
const REMOVE: &str = include_str!("../../sql/api_keys/remove.sql");
const TOUCH: &str = include_str!("../../sql/api_keys/touch.sql");

fn decode(row: &Row<'_>) -> Attempt<ApiKey> {
    Ok(ApiKey {
        id: row::uuid(row, 0)?.into(),
        user_id: row::uuid(row, 1)?.into(),
        name: row.get(2)?,
        prefix: row.get(3)?,
        permissions: row::word(row, 4, Permissions::from_text)?,
        created_at: row::time(row, 5)?,
        expires_at: row::time_opt(row, 6)?,
        last_used_at: row::time_opt(row, 7)?,
    })
}

fn insert(db: &Db, scope: &Scope, NewApiKey { key, token }: &NewApiKey) -> Attempt<()> {
    require_owner(db, scope)?;
    let ApiKey { id: key_id, user_id: _, name, prefix, permissions, created_at, expires_at, last_used_at: _ } = key;
    let (key_id, user) = (id(key_id.as_uuid()), id(scope.user().as_uuid()));
    let (created, expires) = (created_at.as_micros(), expires_at.map(Timestamp::as_micros));
    let params = params![key_id, user, name, prefix, permissions.to_text(), created, expires, token.0];
    db.execute(INSERT, params).map(drop)
}

#[async_trait]
impl<R: Run> ReadApiKeys for On<R> {
    async fn by_token(&self, scope: &Scope, token: TokenHash) -> Result<Option<ApiKey>> {
        let scope = *scope;
        self.0
            .ask(move |db| {
                require_system(&scope)?;
                db.first(BY_TOKEN, [token.0], decode)
            })
            .await
    }

    async fn list(&self, scope: &Scope) -> Result<Vec<ApiKey>> {
        let user = id(scope.user().as_uuid());
        self.0.ask(move |db| db.all(LIST, params![user, MAX_LIST], decode)).await
    }
}

#[async_trait]
impl WriteApiKeys for On<UnitConnection> {
    async fn insert(&self, scope: &Scope, key: NewApiKey) -> Result<()> {
        self.0.write(|db| insert(db, scope, &key))
    }

    async fn remove(&self, scope: &Scope, key: ApiKeyId) -> Result<Option<ApiKey>> {
        self.0.write(|db| db.first(REMOVE, params![id(key.as_uuid()), owner(scope)], decode))
    }

    async fn touch(&self, scope: &Scope, key: ApiKeyId, at: Timestamp) -> Result<()> {
        self.0.write(|db| {
            require_system(scope)?;
            db.execute(TOUCH, params![id(key.as_uuid()), at.as_micros()]).map(drop)
        })
    }
}
