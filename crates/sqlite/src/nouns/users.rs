use async_trait::async_trait;
use jarvis_core::{
    Error, ErrorKind, Result, Scope,
    id::UserId,
    ports::store::{ReadUsers, WriteUsers},
    types::{NewUser, User, UserRole},
};
use rusqlite::{Row, params};

use super::stats;
use crate::{
    db::{Db, id, owner, require_system},
    error::Attempt,
    row,
    run::{On, Run},
    unit::UnitConnection,
};

const GET: &str = include_str!("../../sql/users/get.sql");
const BY_NAME: &str = include_str!("../../sql/users/by_name.sql");
const ALIKE: &str = include_str!("../../sql/users/alike.sql");
const INSERT: &str = include_str!("../../sql/users/insert.sql");

pub(super) const ROLES: [(UserRole, &str); 2] = [(UserRole::User, "user"), (UserRole::Admin, "admin")];

pub(super) fn decode(row: &Row<'_>) -> Attempt<User> {
    Ok(User {
        id: row::uuid(row, 0)?.into(),
        name: row.get(1)?,
        role: row::word(row, 2, |word| row::parse(&ROLES, word))?,
        time_zone: row.get(3)?,
        created_at: row::time(row, 4)?,
    })
}

/// Refuses to store something for a user who does not exist; the system owns nothing.
pub(crate) fn require_owner(db: &Db, scope: &Scope) -> Attempt<()> {
    let user = id(scope.user().as_uuid());
    match db.first(GET, params![user, user], |_| Ok(()))? {
        Some(()) => Ok(()),
        None => Err(Error::not_found("user").into()),
    }
}

fn insert(db: &Db, new: &NewUser) -> Attempt<User> {
    let params = params![id(new.id.as_uuid()), new.name, row::name(&ROLES, new.role), new.created_at.as_micros()];
    let inserted = db.first(INSERT, params, decode);
    let user = inserted.map_err(|failure| taken(failure.into()))?;
    stats::begin_user(db, new.id)?;
    user.ok_or_else(|| Error::internal("an inserted user was not answered").into())
}

/// What violates something unique here is a name.
pub(super) fn taken(error: Error) -> Error {
    if error.kind() != ErrorKind::Conflict {
        return error;
    }
    let taken = ErrorKind::Conflict.error("this user name is taken; choose another");
    taken.with_code("user_exists").with_source(error)
}

#[async_trait]
impl<R: Run> ReadUsers for On<R> {
    async fn get(&self, scope: &Scope, user: UserId) -> Result<Option<User>> {
        let scope = *scope;
        self.0.ask(move |db| db.first(GET, params![id(user.as_uuid()), owner(&scope)], decode)).await
    }

    async fn by_name(&self, scope: &Scope, name: &str) -> Result<Option<User>> {
        let (scope, name) = (*scope, name.to_owned());
        self.0
            .ask(move |db| {
                require_system(&scope)?;
                db.first(BY_NAME, [name], decode)
            })
            .await
    }

    async fn alike(&self, scope: &Scope, name: &str) -> Result<Vec<User>> {
        let (scope, name) = (*scope, name.to_owned());
        self.0
            .ask(move |db| {
                require_system(&scope)?;
                db.all(ALIKE, [&name], decode)
            })
            .await
    }
}

#[async_trait]
impl WriteUsers for On<UnitConnection> {
    async fn insert(&self, scope: &Scope, user: NewUser) -> Result<User> {
        self.0.write(|db| {
            require_system(scope)?;
            insert(db, &user)
        })
    }
}
