//! What administrators do with the accounts of others. Whoever calls has checked that they are one.

use std::sync::Arc;

use jarvis_core::{
    Error, ErrorKind, Result, Scope,
    id::UserId,
    ports::Tx,
    types::{Account, AccountPatch, Cursor, Page, PasswordHash, Permissions, Principal, Quotas, User, UserRole, Via},
};
use serde_json::{Value, json};

use super::{Accounts, Secret, administers, keys::remove_keys, own::check_time_zone, register::Allowed, secrets};
use crate::{
    audit::{Act, Actor},
    limits,
    users::valid_account_name,
};

/// An account to be made for somebody.
#[derive(Clone, Debug)]
pub struct NewPerson {
    /// Their name.
    pub name: String,
    /// Their password; one that is made when none.
    pub password: Option<Secret>,
    /// Their role.
    pub role: UserRole,
    /// A local user of open mode whose data becomes theirs.
    pub take_over: Option<String>,
}

/// What changes about somebody; none leaves a value as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AccountChange {
    /// Another role.
    pub role: Option<UserRole>,
    /// Whether nothing of theirs lets anybody in.
    pub disabled: Option<bool>,
    /// Another time zone.
    pub time_zone: Option<String>,
    /// Other quotas.
    pub quotas: QuotasChange,
}

/// Which quotas change; none leaves one as it is, none within lifts it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QuotasChange {
    /// Messages that are kept.
    pub messages: Option<Option<u64>>,
    /// Tokens of all that was said and answered.
    pub tokens: Option<Option<u64>>,
    /// Bytes of text that are kept.
    pub storage_bytes: Option<Option<u64>>,
}

impl QuotasChange {
    /// Lifts all of them.
    pub const LIFTED: Self = Self { messages: Some(None), tokens: Some(None), storage_bytes: Some(None) };

    /// What becomes of these; none when they stay.
    fn of(self, quotas: Quotas) -> Option<Quotas> {
        let Self { messages, tokens, storage_bytes } = self;
        let changed = Quotas {
            messages: messages.unwrap_or(quotas.messages),
            tokens: tokens.unwrap_or(quotas.tokens),
            storage_bytes: storage_bytes.unwrap_or(quotas.storage_bytes),
        };
        (changed != quotas).then_some(changed)
    }
}

impl AccountChange {
    /// Whether somebody may more than before: no program does that with its key.
    pub fn gives_access(&self) -> bool {
        self.role.is_some() || self.disabled == Some(false)
    }
}

/// A password that was set for somebody.
#[derive(Clone, Debug, PartialEq)]
pub struct ResetPassword {
    /// The account.
    pub account: Account,
    /// The password, when it was made here: shown this once.
    pub password: Option<Secret>,
    /// Logins that ended.
    pub ended: u64,
    /// Keys that were removed.
    pub removed_keys: u64,
}

impl Accounts {
    /// Makes an account for somebody. Answers the password when it was made here.
    #[tracing::instrument(name = "accounts.add", target = "jarvis", skip_all)]
    pub async fn add(&self, principal: &Principal, person: NewPerson) -> Result<ResetPassword> {
        let NewPerson { name, password, role, take_over } = person;
        valid_account_name("username", &name)?;
        let (shown, hash) = self.chosen_or_made("password", password).await?;
        let allowed = Allowed::Administrator(Actor::of(principal), role);
        let account = self.make(name, hash, take_over, allowed).await?;
        Ok(ResetPassword { account, password: shown, ended: 0, removed_keys: 0 })
    }

    /// Everybody who can log in, newest first, or only the one with this name.
    #[tracing::instrument(name = "accounts.list", target = "jarvis", skip_all)]
    pub async fn list(&self, name: Option<&str>, limit: u32, after: Option<Cursor>) -> Result<Page<Account>> {
        let limit = limits::list_limit(limit)?;
        let accounts = self.context.ports.store.accounts();
        let Some(name) = name else { return accounts.list(&Scope::system(), limit, after).await };
        let items = Vec::from_iter(accounts.by_name(&Scope::system(), name).await?);
        Ok(Page { total: items.len() as u64, items, next: None })
    }

    /// Somebody who can log in.
    #[tracing::instrument(name = "accounts.get", target = "jarvis", skip_all)]
    pub async fn get(&self, user: UserId) -> Result<Account> {
        let account = self.context.ports.store.accounts().get(&Scope::system(), user).await?;
        account.ok_or_else(|| Error::not_found("user"))
    }

    /// Changes somebody's account. Who is disabled is out at once.
    ///
    /// Errors: `Conflict` with code `last_administrator` when nobody would administer any more.
    #[tracing::instrument(name = "accounts.change", target = "jarvis", skip_all)]
    pub async fn change(&self, principal: &Principal, user: UserId, change: AccountChange) -> Result<Account> {
        if let Some(time_zone) = &change.time_zone {
            check_time_zone(time_zone)?;
        }
        let AccountChange { role, disabled, time_zone, quotas } = change;
        let disabled_at = disabled.map(|disabled| disabled.then(|| self.context.now()));
        let act = Act::new(&self.context, &Actor::of(principal), "user.change", user)?.about(user);
        let patch = AccountPatch { role, time_zone, disabled_at, ..AccountPatch::default() };
        let is_disabled = disabled == Some(true);
        let changed = self
            .context
            .write(Scope::system(), move |tx| {
                Box::pin(async move {
                    let (before, changed) = change_one(tx, user, patch, quotas).await?;
                    if is_disabled {
                        tx.logins().end_all(&Scope::of(user), None).await?;
                    }
                    act.before(&told(&before))?.after(&told(&changed))?.record(tx).await?;
                    Ok(changed)
                })
            })
            .await;
        self.gate().forget_of(user);
        self.changed.notify_waiters();
        changed
    }

    /// Gives somebody another password, ends all of their logins and removes all of their keys: whoever made them may not have
    /// been they.
    #[tracing::instrument(name = "accounts.reset_password", target = "jarvis", skip_all)]
    pub async fn reset_password(
        &self,
        principal: &Principal,
        user: UserId,
        password: Option<Secret>,
    ) -> Result<ResetPassword> {
        let (shown, hash) = self.chosen_or_made("new_password", password).await?;
        let act = Act::new(&self.context, &Actor::of(principal), "user.password_reset", user)?.about(user);
        let patch = AccountPatch { password: Some((hash, self.context.now())), ..AccountPatch::default() };
        let reset = self
            .context
            .write(Scope::system(), move |tx| {
                Box::pin(async move {
                    let changed = tx.accounts().update(&Scope::system(), user, patch).await?;
                    let account = changed.ok_or_else(|| Error::not_found("user"))?;
                    let ended = tx.logins().end_all(&Scope::of(user), None).await?;
                    let removed_keys = remove_keys(tx, user).await?;
                    act.after(&json!({"ended": ended, "removed_keys": removed_keys}))?.record(tx).await?;
                    Ok((account, ended, removed_keys))
                })
            })
            .await;
        self.gate().forget_of(user);
        let (account, ended, removed_keys) = reset?;
        Ok(ResetPassword { account, password: shown, ended, removed_keys })
    }

    /// Somebody with an account, for what an administrator does with their logins and keys in their place.
    pub async fn on_behalf_of(&self, by: &Arc<Principal>, user: UserId) -> Result<Principal> {
        let User { id, name, role, .. } = self.get(user).await?.user;
        let (scope, permissions) = (Scope::of(id), Permissions::of_role(role));
        Ok(Principal { scope, name: name.into(), role, permissions, via: Via::Local, by: Some(Arc::clone(by)) })
    }

    async fn chosen_or_made(
        &self,
        field: &'static str,
        password: Option<Secret>,
    ) -> Result<(Option<Secret>, PasswordHash)> {
        let made =
            if password.is_none() { Some(Secret::new(secrets::password(&*self.context.ports.entropy)?)) } else { None };
        let chosen = password.as_ref().or(made.as_ref()).map(Secret::reveal).unwrap_or_default();
        let hash = self.passwords.hash(field, chosen).await?;
        Ok((made, hash))
    }
}

/// The account before and after.
async fn change_one(
    tx: &dyn Tx,
    user: UserId,
    patch: AccountPatch,
    quotas: QuotasChange,
) -> Result<(Account, Account)> {
    let system = Scope::system();
    tx.accounts().hold(&system).await?;
    let administrators = tx.accounts().counts(&system).await?.administrators;
    let before = tx.accounts().get(&system, user).await?.ok_or_else(|| Error::not_found("user"))?;
    let patch = AccountPatch { quotas: quotas.of(before.quotas), ..patch };
    let changed = tx.accounts().update(&system, user, patch).await?.ok_or_else(|| Error::not_found("user"))?;
    let left = tx.accounts().counts(&system).await?.administrators;
    if administrators > 0 && left == 0 { Err(last()) } else { Ok((before, changed)) }
}

/// What the trail tells of an account.
fn told(account: &Account) -> Value {
    let Quotas { messages, tokens, storage_bytes } = account.quotas;
    json!({
        "role": account.user.role.word(), "disabled": account.disabled_at.is_some(), "time_zone": account.user.time_zone,
        "quotas": {"messages": messages, "tokens": tokens, "storage_bytes": storage_bytes},
    })
}

/// Refuses to let the last administrator go. Who cannot log in may.
pub(crate) async fn may_go(tx: &dyn Tx, user: UserId) -> Result<()> {
    let system = Scope::system();
    tx.accounts().hold(&system).await?;
    let Some(account) = tx.accounts().get(&system, user).await? else { return Ok(()) };
    if administers(&account) && tx.accounts().counts(&system).await?.administrators == 1 { Err(last()) } else { Ok(()) }
}

fn last() -> Error {
    ErrorKind::Conflict
        .error("this is the last administrator; make somebody else one first")
        .with_code("last_administrator")
}
