use async_trait::async_trait;

use crate::{
    Result, Scope,
    id::UserId,
    types::{Account, AccountCounts, AccountPatch, Cursor, NewAccount, Page},
};

/// Reads who can log in. A person sees only themselves.
#[async_trait]
pub trait ReadAccounts: Send + Sync {
    /// By the person.
    async fn get(&self, scope: &Scope, user: UserId) -> Result<Option<Account>>;

    /// By the person's name, in upper or lower case. Of older accounts, whose names may differ in nothing else, the one that is
    /// written so, or else the oldest. System only.
    async fn by_name(&self, scope: &Scope, name: &str) -> Result<Option<Account>>;

    /// All, newest first. System only.
    async fn list(&self, scope: &Scope, limit: u32, after: Option<Cursor>) -> Result<Page<Account>>;

    /// How many there are. System only.
    async fn counts(&self, scope: &Scope) -> Result<AccountCounts>;
}

/// Writes who can log in. System only.
#[async_trait]
pub trait WriteAccounts: ReadAccounts {
    /// Lets other units that ask for the same wait until this one has ended: for what may hold of one only, such as being the
    /// first.
    async fn hold(&self, scope: &Scope) -> Result<()>;

    /// Gives a user an account. `Conflict` when they have one, `NotFound` when there is no such user.
    async fn insert(&self, scope: &Scope, account: NewAccount) -> Result<Account>;

    /// Changes an account; none when there is none. `Conflict` when the name is taken.
    async fn update(&self, scope: &Scope, user: UserId, patch: AccountPatch) -> Result<Option<Account>>;
}
