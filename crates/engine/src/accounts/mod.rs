//! People who log in: who they are, what proves it, and what they may do.
//!
//! A *login* is a row that begins with a password. Its refresh token is exchanged for the next one at each use, and the
//! second use of one ends the login, because somebody has stolen it; a page may ask twice at once. Access tokens name their login and are good no longer
//! than it. Programs have keys instead. What is looked up is kept for a moment in the [`Gate`](gate::Gate).

mod administer;
mod authenticate;
mod entrance;
mod failures;
#[cfg(fuzzing)]
pub mod fuzz;
mod gate;
mod guesses;
mod invites;
mod jwt;
mod keys;
mod login;
mod meters;
mod options;
mod own;
mod passwords;
mod quotas;
mod register;
mod secrets;

use std::sync::Arc;

use jarvis_core::{
    ErrorKind, Result, Scope,
    types::{Account, UserRole},
};

pub(crate) use administer::may_go;
pub use administer::{AccountChange, NewPerson, QuotasChange, ResetPassword};
pub use authenticate::Endings;
pub use entrance::Entrance;
pub use invites::MadeInvite;
pub use keys::{KeyRequest, MadeKey};
pub use login::{LoggedIn, LoginRequest};
pub use options::{AccountOptions, Registration, Secret};
pub use own::{Myself, PasswordChanged};
pub use register::RegisterRequest;

pub(crate) use gate::Gate;
pub(crate) use quotas::{Allowance, QUOTA_EXCEEDED};

use tokio::sync::Notify;

use crate::context::Context;
use failures::Failures;
use jwt::Signer;
use meters::Meters;
use passwords::Passwords;

/// People who log in.
#[derive(Debug)]
pub struct Accounts {
    context: Context,
    /// None where nobody logs in.
    signer: Option<Signer>,
    passwords: Passwords,
    failures: Arc<Failures>,
    meters: Meters,
    /// Told when somebody may administer who did not.
    changed: Notify,
}

impl Accounts {
    pub(crate) fn new(context: Context) -> Self {
        let key = context.options.accounts.signing_key.as_ref();
        let signer = key.and_then(|key| Signer::new(key.reveal().as_bytes()));
        let passwords = Passwords::new(Arc::clone(&context.ports.entropy));
        Self { context, signer, passwords, failures: Arc::default(), meters: Meters::new(), changed: Notify::new() }
    }

    /// Whether everybody has to say who they are.
    pub fn are_required(&self) -> bool {
        self.options().required
    }

    /// Whether nobody administers yet, so that the setup token is to be used.
    pub async fn need_setup(&self) -> Result<bool> {
        let counts = self.context.ports.store.accounts().counts(&jarvis_core::Scope::system()).await?;
        Ok(counts.administrators == 0)
    }

    /// Resolves once somebody administers; when another server made them so, at the next call only.
    pub async fn until_set_up(&self) -> Result<()> {
        loop {
            let changed = self.changed.notified();
            if !self.need_setup().await? {
                return Ok(());
            }
            changed.await;
        }
    }

    /// Whether anybody has an account.
    pub async fn exist(&self) -> Result<bool> {
        Ok(self.context.ports.store.accounts().counts(&jarvis_core::Scope::system()).await?.accounts > 0)
    }

    fn signer(&self) -> Result<&Signer> {
        self.signer.as_ref().ok_or_else(|| {
            ErrorKind::Unavailable.error("nothing signs access tokens here; set auth.signing_key (JWT_SECRET_KEY)")
        })
    }

    fn options(&self) -> &AccountOptions {
        &self.context.options.accounts
    }

    fn gate(&self) -> &Gate {
        &self.context.gate
    }
}

/// Whether this person administers, and may log in.
fn administers(account: &Account) -> bool {
    account.user.role == UserRole::Admin && !is_disabled(account)
}

/// Whether nothing lets this person in.
fn is_disabled(account: &Account) -> bool {
    account.disabled_at.is_some()
}

impl Context {
    /// Whether anybody has an account.
    pub(crate) async fn have_accounts(&self) -> Result<bool> {
        Ok(self.ports.store.accounts().counts(&Scope::system()).await?.accounts > 0)
    }
}
