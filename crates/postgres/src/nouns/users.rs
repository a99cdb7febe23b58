use async_trait::async_trait;
use chrono::{DateTime, Utc};
use jarvis_core::{
    Error, ErrorKind, Result, Scope,
    id::UserId,
    ports::store::{ReadUsers, WriteUsers},
    types::{NewUser, User, UserRole},
};
use uuid::Uuid;

use crate::{
    db::{Db, owner, require_system},
    error::Attempt,
    row,
    run::{On, Run},
    unit::UnitConnection,
};

pub(super) const ROLES: [(UserRole, &str); 2] = [(UserRole::User, "user"), (UserRole::Admin, "admin")];

pub(super) struct UserRow {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) role: String,
    pub(super) time_zone: String,
    pub(super) created_at: DateTime<Utc>,
}

pub(super) fn decode(row: UserRow) -> Attempt<User> {
    Ok(User {
        id: row.id.into(),
        name: row.name,
        role: row::word(&row.role, |word| row::parse(&ROLES, word))?,
        time_zone: row.time_zone,
        created_at: row::time(row.created_at),
    })
}

async fn get(db: &mut Db, user: UserId, owner: Option<Uuid>) -> Attempt<Option<User>> {
    let found = sqlx::query_file_as!(UserRow, "sql/users/get.sql", user.as_uuid(), owner);
    found.fetch_optional(db.connection()).await?.map(decode).transpose()
}

async fn by_name(db: &mut Db, scope: Scope, name: String) -> Attempt<Option<User>> {
    require_system(scope)?;
    let found = sqlx::query_file_as!(UserRow, "sql/users/by_name.sql", name);
    found.fetch_optional(db.connection()).await?.map(decode).transpose()
}

async fn alike(db: &mut Db, scope: Scope, name: String) -> Attempt<Vec<User>> {
    require_system(scope)?;
    let found = sqlx::query_file_as!(UserRow, "sql/users/alike.sql", name).fetch_all(db.connection()).await?;
    found.into_iter().map(decode).collect()
}

/// Refuses to store something for a user who does not exist; the system owns nothing.
pub(crate) async fn require_owner(db: &mut Db, scope: Scope) -> Attempt<()> {
    match get(db, scope.user(), None).await? {
        Some(_) => Ok(()),
        None => Err(Error::not_found("user").into()),
    }
}

async fn insert(db: &mut Db, scope: Scope, new: NewUser) -> Attempt<User> {
    require_system(scope)?;
    let (role, created_at) = (row::name(&ROLES, new.role), new.created_at.to_utc());
    let added = sqlx::query_file_as!(UserRow, "sql/users/insert.sql", new.id.as_uuid(), new.name, role, created_at)
        .fetch_optional(db.connection())
        .await?;
    decode(added.ok_or_else(taken)?)
}

fn taken() -> Error {
    ErrorKind::Conflict.error("this user name is taken; choose another").with_code("user_exists")
}

/// Refuses a name that somebody else has.
pub(super) async fn require_free(db: &mut Db, name: &str, user: UserId) -> Attempt<()> {
    let found = sqlx::query_file_as!(UserRow, "sql/users/by_name.sql", name);
    match found.fetch_optional(db.connection()).await? {
        Some(other) if other.id != *user.as_uuid() => Err(taken().into()),
        _ => Ok(()),
    }
}

#[async_trait]
impl<R: Run> ReadUsers for On<R> {
    async fn get(&self, scope: &Scope, user: UserId) -> Result<Option<User>> {
        let scope = *scope;
        self.0.ask(scope, move |db| Box::pin(get(db, user, owner(scope)))).await
    }

    async fn by_name(&self, scope: &Scope, name: &str) -> Result<Option<User>> {
        let (scope, name) = (*scope, name.to_owned());
        self.0.ask(scope, move |db| Box::pin(by_name(db, scope, name.clone()))).await
    }

    async fn alike(&self, scope: &Scope, name: &str) -> Result<Vec<User>> {
        let (scope, name) = (*scope, name.to_owned());
        self.0.ask(scope, move |db| Box::pin(alike(db, scope, name.clone()))).await
    }
}

#[async_trait]
impl WriteUsers for On<UnitConnection> {
    async fn insert(&self, scope: &Scope, user: NewUser) -> Result<User> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(insert(db, scope, user))).await
    }
}
