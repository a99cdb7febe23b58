use async_trait::async_trait;
use chrono::{DateTime, Utc};
use jarvis_core::{
    Error, ErrorKind, Result, Scope, Timestamp,
    id::UserId,
    ports::store::{ReadAccounts, WriteAccounts},
    types::{Account, AccountCounts, AccountPatch, Cursor, NewAccount, Page, PasswordHash, Quotas},
};
use uuid::Uuid;

use super::{
    one_more, page,
    users::{self, ROLES, UserRow},
};
use crate::{
    db::{Db, owner, require_system},
    error::Attempt,
    row,
    run::{On, Run},
    unit::UnitConnection,
};

/// Names the lock of [`WriteAccounts::hold`] among the database's advisory locks.
const LOCK: i64 = i64::from_be_bytes(*b"jrvsacct");

struct AccountRow {
    id: Uuid,
    name: String,
    role: String,
    time_zone: String,
    created_at: DateTime<Utc>,
    password: String,
    password_changed_at: DateTime<Utc>,
    disabled_at: Option<DateTime<Utc>>,
    last_login_at: Option<DateTime<Utc>>,
    quota_messages: Option<i64>,
    quota_tokens: Option<i64>,
    quota_storage: Option<i64>,
    account_created_at: DateTime<Utc>,
}

fn decode(row: AccountRow) -> Attempt<Account> {
    let AccountRow { id, name, role, time_zone, created_at, .. } = row;
    let quota = |column: Option<i64>| column.map(row::count);
    Ok(Account {
        user: users::decode(UserRow { id, name, role, time_zone, created_at })?,
        password: PasswordHash::new(row.password),
        password_changed_at: row::time(row.password_changed_at),
        disabled_at: row::time_opt(row.disabled_at),
        last_login_at: row::time_opt(row.last_login_at),
        quotas: Quotas {
            messages: quota(row.quota_messages),
            tokens: quota(row.quota_tokens),
            storage_bytes: quota(row.quota_storage),
        },
        created_at: row::time(row.account_created_at),
    })
}

async fn get(db: &mut Db, user: UserId, owner: Option<Uuid>) -> Attempt<Option<Account>> {
    let found = sqlx::query_file_as!(AccountRow, "sql/accounts/get.sql", user.as_uuid(), owner);
    found.fetch_optional(db.connection()).await?.map(decode).transpose()
}

async fn by_name(db: &mut Db, scope: Scope, name: String) -> Attempt<Option<Account>> {
    require_system(scope)?;
    let found = sqlx::query_file_as!(AccountRow, "sql/accounts/by_name.sql", name);
    found.fetch_optional(db.connection()).await?.map(decode).transpose()
}

async fn list(db: &mut Db, scope: Scope, limit: u32, after: Option<Cursor>) -> Attempt<Page<Account>> {
    require_system(scope)?;
    db.snapshot().await?;
    let (at, before) = row::start(after);
    let rows = sqlx::query_file_as!(AccountRow, "sql/accounts/list.sql", at, before, one_more(limit))
        .fetch_all(db.connection())
        .await?;
    let total = sqlx::query_file_scalar!("sql/accounts/count.sql").fetch_one(db.connection()).await?;
    let items = rows.into_iter().map(decode).collect::<Attempt<_>>()?;
    let cursor = |last: &Account| Cursor { at: last.created_at, id: *last.user.id.as_uuid() };
    Ok(page(items, limit, row::count(total), cursor))
}

async fn counts(db: &mut Db, scope: Scope) -> Attempt<AccountCounts> {
    require_system(scope)?;
    let accounts = sqlx::query_file_scalar!("sql/accounts/count.sql").fetch_one(db.connection()).await?;
    let administrators =
        sqlx::query_file_scalar!("sql/accounts/count_administrators.sql").fetch_one(db.connection()).await?;
    Ok(AccountCounts { accounts: row::count(accounts), administrators: row::count(administrators) })
}

async fn hold(db: &mut Db, scope: Scope) -> Attempt<()> {
    require_system(scope)?;
    sqlx::query_file!("sql/locks/transaction.sql", LOCK).execute(db.connection()).await?;
    Ok(())
}

async fn insert(db: &mut Db, scope: Scope, new: NewAccount) -> Attempt<Account> {
    require_system(scope)?;
    let (user, at) = (new.user_id.as_uuid(), new.created_at.to_utc());
    let added = sqlx::query_file!("sql/accounts/insert.sql", user, new.password.reveal(), at);
    if added.execute(db.connection()).await?.rows_affected() == 0 {
        let there = ErrorKind::Conflict.error("this user has an account already; change that one");
        return Err(there.with_code("user_exists").into());
    }
    get(db, new.user_id, None).await?.ok_or_else(|| Error::not_found("user").into())
}

async fn update(db: &mut Db, scope: Scope, user: UserId, patch: AccountPatch) -> Attempt<Option<Account>> {
    require_system(scope)?;
    let AccountPatch { name, role, time_zone, password, disabled_at, last_login_at, quotas } = patch;
    let id = user.as_uuid();
    if let Some(name) = &name {
        users::require_free(db, name, user).await?;
    }
    if name.is_some() || role.is_some() || time_zone.is_some() {
        let role = role.map(|role| row::name(&ROLES, role));
        sqlx::query_file!("sql/accounts/update_user.sql", id, name, role, time_zone).execute(db.connection()).await?;
    }
    let most = |quota: Option<u64>| quota.map(|most| i64::try_from(most).unwrap_or(i64::MAX));
    let (has_quotas, quotas) = (quotas.is_some(), quotas.unwrap_or_default());
    sqlx::query_file!(
        "sql/accounts/update.sql",
        id,
        password.as_ref().map(|(hash, _)| hash.reveal()),
        password.as_ref().map(|(_, at)| at.to_utc()),
        last_login_at.map(Timestamp::to_utc),
        disabled_at.is_some(),
        disabled_at.flatten().map(Timestamp::to_utc),
        has_quotas,
        most(quotas.messages),
        most(quotas.tokens),
        most(quotas.storage_bytes),
    )
    .execute(db.connection())
    .await?;
    get(db, user, None).await
}

#[async_trait]
impl<R: Run> ReadAccounts for On<R> {
    async fn get(&self, scope: &Scope, user: UserId) -> Result<Option<Account>> {
        let scope = *scope;
        self.0.ask(scope, move |db| Box::pin(get(db, user, owner(scope)))).await
    }

    async fn by_name(&self, scope: &Scope, name: &str) -> Result<Option<Account>> {
        let (scope, name) = (*scope, name.to_owned());
        self.0.ask(scope, move |db| Box::pin(by_name(db, scope, name.clone()))).await
    }

    async fn list(&self, scope: &Scope, limit: u32, after: Option<Cursor>) -> Result<Page<Account>> {
        let scope = *scope;
        self.0.ask(scope, move |db| Box::pin(list(db, scope, limit, after))).await
    }

    async fn counts(&self, scope: &Scope) -> Result<AccountCounts> {
        let scope = *scope;
        self.0.ask(scope, move |db| Box::pin(counts(db, scope))).await
    }
}

#[async_trait]
impl WriteAccounts for On<UnitConnection> {
    async fn hold(&self, scope: &Scope) -> Result<()> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(hold(db, scope))).await
    }

    async fn insert(&self, scope: &Scope, account: NewAccount) -> Result<Account> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(insert(db, scope, account))).await
    }

    async fn update(&self, scope: &Scope, user: UserId, patch: AccountPatch) -> Result<Option<Account>> {
        let scope = *scope;
        self.0.write(scope, move |db| Box::pin(update(db, scope, user, patch))).await
    }
}
