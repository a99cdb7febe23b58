use async_trait::async_trait;
use jarvis_core::{
    Error, ErrorKind, Result, Scope, Timestamp,
    id::UserId,
    ports::store::{ReadAccounts, WriteAccounts},
    types::{Account, AccountCounts, AccountPatch, Cursor, NewAccount, Page, PasswordHash, Quotas},
};
use rusqlite::{Row, params};

use super::{
    one_more, page,
    users::{self, ROLES, taken},
};
use crate::{
    db::{Db, id, owner, require_system},
    error::Attempt,
    row,
    run::{On, Run},
    unit::UnitConnection,
};

const GET: &str = include_str!("../../sql/accounts/get.sql");
const BY_NAME: &str = include_str!("../../sql/accounts/by_name.sql");
const LIST: &str = include_str!("../../sql/accounts/list.sql");
const COUNT: &str = include_str!("../../sql/accounts/count.sql");
const COUNT_ADMINISTRATORS: &str = include_str!("../../sql/accounts/count_administrators.sql");
const INSERT: &str = include_str!("../../sql/accounts/insert.sql");
const UPDATE: &str = include_str!("../../sql/accounts/update.sql");
const UPDATE_USER: &str = include_str!("../../sql/accounts/update_user.sql");

fn decode(row: &Row<'_>) -> Attempt<Account> {
    let quota = |index| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(index)?.map(|most| most.max(0) as u64));
    Ok(Account {
        user: users::decode(row)?,
        password: PasswordHash::new(row.get::<_, String>(5)?),
        password_changed_at: row::time(row, 6)?,
        disabled_at: row::time_opt(row, 7)?,
        last_login_at: row::time_opt(row, 8)?,
        quotas: Quotas { messages: quota(9)?, tokens: quota(10)?, storage_bytes: quota(11)? },
        created_at: row::time(row, 12)?,
    })
}

fn get(db: &Db, scope: &Scope, user: UserId) -> Attempt<Option<Account>> {
    db.first(GET, params![id(user.as_uuid()), owner(scope)], decode)
}

fn list(db: &Db, limit: u32, after: Option<Cursor>) -> Attempt<Page<Account>> {
    let (at, before) = row::start(after);
    let items = db.all(LIST, params![at, before, one_more(limit)], decode)?;
    let total = db.number(COUNT, [])?;
    Ok(page(items, limit, total, |last| Cursor { at: last.created_at, id: *last.user.id.as_uuid() }))
}

fn insert(db: &Db, new: &NewAccount) -> Attempt<Account> {
    let params = params![id(new.user_id.as_uuid()), new.password.reveal(), new.created_at.as_micros()];
    db.execute(INSERT, params).map_err(|failure| match Error::from(failure) {
        there if there.kind() == ErrorKind::Conflict => has_account().with_source(there),
        other => other,
    })?;
    get(db, &Scope::system(), new.user_id)?.ok_or_else(|| Error::not_found("user").into())
}

fn has_account() -> Error {
    ErrorKind::Conflict.error("this user has an account already; change that one").with_code("user_exists")
}

fn update(db: &Db, user: UserId, patch: &AccountPatch) -> Attempt<Option<Account>> {
    let key = id(user.as_uuid());
    let AccountPatch { name, role, time_zone, password, disabled_at, last_login_at, quotas } = patch;
    if name.is_some() || role.is_some() || time_zone.is_some() {
        let role = role.map(|role| row::name(&ROLES, role));
        db.execute(UPDATE_USER, params![key, name, role, time_zone]).map_err(|failure| taken(failure.into()))?;
    }
    let changed = password.as_ref().map(|(_, at)| at.as_micros());
    let password = password.as_ref().map(|(hash, _)| hash.reveal());
    let disabled = disabled_at.flatten().map(Timestamp::as_micros);
    let most = |quota: Option<u64>| quota.map(|most| i64::try_from(most).unwrap_or(i64::MAX));
    let Quotas { messages, tokens, storage_bytes } = quotas.unwrap_or_default();
    let params = params![
        key,
        password,
        changed,
        last_login_at.map(Timestamp::as_micros),
        disabled_at.is_some(),
        disabled,
        quotas.is_some(),
        most(messages),
        most(tokens),
        most(storage_bytes),
    ];
    db.execute(UPDATE, params)?;
    get(db, &Scope::system(), user)
}

#[async_trait]
impl<R: Run> ReadAccounts for On<R> {
    async fn get(&self, scope: &Scope, user: UserId) -> Result<Option<Account>> {
        let scope = *scope;
        self.0.ask(move |db| get(db, &scope, user)).await
    }

    async fn by_name(&self, scope: &Scope, name: &str) -> Result<Option<Account>> {
        let (scope, name) = (*scope, name.to_owned());
        self.0
            .ask(move |db| {
                require_system(&scope)?;
                db.first(BY_NAME, [name], decode)
            })
            .await
    }

    async fn list(&self, scope: &Scope, limit: u32, after: Option<Cursor>) -> Result<Page<Account>> {
        let scope = *scope;
        self.0
            .ask(move |db| {
                require_system(&scope)?;
                db.snapshot(|db| list(db, limit, after))
            })
            .await
    }

    async fn counts(&self, scope: &Scope) -> Result<AccountCounts> {
        let scope = *scope;
        self.0
            .ask(move |db| {
                require_system(&scope)?;
                let administrators = db.number(COUNT_ADMINISTRATORS, [])?;
                Ok(AccountCounts { accounts: db.number(COUNT, [])?, administrators })
            })
            .await
    }
}

#[async_trait]
impl WriteAccounts for On<UnitConnection> {
    /// Units run one after the other here.
    async fn hold(&self, scope: &Scope) -> Result<()> {
        self.0.write(|_| require_system(scope))
    }

    async fn insert(&self, scope: &Scope, account: NewAccount) -> Result<Account> {
        self.0.write(|db| {
            require_system(scope)?;
            insert(db, &account)
        })
    }

    async fn update(&self, scope: &Scope, user: UserId, patch: AccountPatch) -> Result<Option<Account>> {
        self.0.write(|db| {
            require_system(scope)?;
            db.atomic(|db| update(db, user, &patch))
        })
    }
}
