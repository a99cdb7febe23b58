use std::{fmt, time::Duration};

use jarvis_core::{
    Result, Scope, Timestamp,
    types::{Login, TokenHash},
};
use moka::sync::Cache;

use super::{Accounts, LoggedIn, secrets};

/// How long the answer to a browser is repeated.
const REPEATED_FOR: Duration = Duration::from_secs(10);
/// Answers that are kept.
const MAX_KEPT: u64 = 1_000;

/// What browsers were answered a moment ago, by the token that they used.
pub(super) struct Refreshed(Cache<TokenHash, (Timestamp, LoggedIn)>);

impl Refreshed {
    pub(super) fn new() -> Self {
        Self(Cache::builder().max_capacity(MAX_KEPT).time_to_live(REPEATED_FOR).build())
    }

    fn recent(&self, used: TokenHash, now: Timestamp) -> Option<LoggedIn> {
        let (at, answer) = self.0.get(&used)?;
        (now.since(at) < REPEATED_FOR).then_some(answer)
    }
}

impl fmt::Debug for Refreshed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Refreshed(…)")
    }
}

impl Accounts {
    /// As [`Accounts::refresh`], for a page, whose answer may get lost: it is left or reloaded, or the connection breaks, and its
    /// browser still has the old token. Who asks with that again at once gets the same answer again, as long as nobody has used
    /// what it gave.
    pub async fn refresh_in_browser(&self, token: &str) -> Result<LoggedIn> {
        let used = secrets::hash(token);
        if let Some(answer) = self.refreshed.recent(used, self.context.now())
            && self.is_latest(&answer.login).await?
        {
            return Ok(answer);
        }
        let answer = self.refresh(token).await?;
        self.refreshed.0.insert(used, (self.context.now(), answer.clone()));
        Ok(answer)
    }

    /// Whether nothing was refreshed since, and nothing has ended it.
    async fn is_latest(&self, login: &Login) -> Result<bool> {
        let now = self.context.ports.store.logins().get(&Scope::system(), login.id).await?;
        Ok(now.is_some_and(|now| now.used_at == login.used_at))
    }
}
