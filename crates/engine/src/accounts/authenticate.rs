use std::{sync::Arc, time::Duration};

use jarvis_core::{
    Error, Result, Scope,
    id::{LoginId, UserId},
    types::{Account, ApiKey, Permissions, Principal, Via},
};

use tokio::sync::broadcast;

use super::{
    Accounts,
    gate::{Known, Shown},
    is_disabled, jwt, secrets,
};

/// How often the use of a key is noted at most.
const NOTED_EVERY: Duration = Duration::from_mins(1);

/// Tells a connection that lasts when to ask [`Accounts::still`].
#[derive(Debug)]
pub struct Endings(broadcast::Receiver<UserId>);

impl Endings {
    /// Resolves when something of this person, or of too many to be told, may have ended.
    pub async fn of(&mut self, user: UserId) {
        loop {
            match self.0.recv().await {
                Ok(ended) if ended != user => {}
                Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => return,
                // the engine is gone, and with it what could end
                Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
            }
        }
    }
}

impl Accounts {
    /// Who shows this access token or key.
    ///
    /// Errors: `Unauthenticated` with code `invalid_token` or `token_expired`, and those of the store.
    #[tracing::instrument(name = "accounts.authenticate", target = "jarvis", skip_all)]
    pub async fn authenticate(&self, token: &str) -> Result<Principal> {
        self.meters.token.count(self.principal_of(token).await)
    }

    async fn principal_of(&self, token: &str) -> Result<Principal> {
        if secrets::begins_like_key(token) {
            return self.by_key(token).await;
        }
        let now = self.context.now();
        let claims = self.signer()?.verify(token, now.as_micros().div_euclid(1_000_000))?;
        let principal = self.by_login(claims.sid.into()).await?;
        if *principal.user().as_uuid() == claims.sub { Ok(principal) } else { Err(jwt::invalid()) }
    }

    /// Whether what proved who somebody is still does; for connections that last.
    ///
    /// Errors: as [`Accounts::authenticate`].
    pub async fn still(&self, principal: &Principal) -> Result<()> {
        match principal.via {
            Via::Open | Via::Local => Ok(()),
            Via::AccessToken { login } => self.by_login(login).await.map(drop),
            Via::ApiKey { id } => {
                let keys = self.context.ports.store.api_keys().list(&principal.scope).await?;
                let key = keys.into_iter().find(|key| key.id == id).ok_or_else(jwt::invalid)?;
                self.of_key(key).await.and_then(|known| self.good(&known)).map(drop)
            }
        }
    }

    /// Hears when something of a person may have ended on this server.
    pub fn endings(&self) -> Endings {
        Endings(self.gate().ended())
    }

    async fn by_login(&self, login: LoginId) -> Result<Principal> {
        let shown = Shown::Login(login);
        if let Some(known) = self.gate().get(shown, self.context.now()) {
            return self.good(&known);
        }
        let epoch = self.gate().epoch();
        let store = &self.context.ports.store;
        let found = store.logins().get(&Scope::system(), login).await?.ok_or_else(jwt::invalid)?;
        let account = self.enabled(found.user_id).await?;
        let permissions = Permissions::of_role(account.user.role);
        let principal = principal(account, permissions, Via::AccessToken { login });
        let known = Arc::new(Known::new(principal, Some(found.expires_at), None, self.context.now()));
        self.gate().keep(epoch, shown, &known);
        self.good(&known)
    }

    async fn by_key(&self, key: &str) -> Result<Principal> {
        if !secrets::is_key(key) {
            return Err(jwt::invalid());
        }
        let hash = secrets::hash(key);
        let shown = Shown::Key(hash);
        let known = if let Some(known) = self.gate().get(shown, self.context.now()) {
            known
        } else {
            let epoch = self.gate().epoch();
            let found = self.context.ports.store.api_keys().by_token(&Scope::system(), hash).await?;
            let known = Arc::new(self.of_key(found.ok_or_else(jwt::invalid)?).await?);
            self.gate().keep(epoch, shown, &known);
            known
        };
        let principal = self.good(&known)?;
        self.note_use(&known);
        Ok(principal)
    }

    async fn of_key(&self, key: ApiKey) -> Result<Known> {
        let account = self.enabled(key.user_id).await?;
        let permissions = key.permissions.and(Permissions::of_role(account.user.role));
        let principal = principal(account, permissions, Via::ApiKey { id: key.id });
        Ok(Known::new(principal, key.expires_at, key.last_used_at, self.context.now()))
    }

    async fn enabled(&self, user: UserId) -> Result<Account> {
        let account = self.context.ports.store.accounts().get(&Scope::system(), user).await?;
        account.filter(|account| !is_disabled(account)).ok_or_else(jwt::invalid)
    }

    fn good(&self, known: &Known) -> Result<Principal, Error> {
        let is_over = known.expires_at.is_some_and(|at| at <= self.context.now());
        if is_over { Err(jwt::invalid()) } else { Ok(known.principal.clone()) }
    }

    /// Behind the scenes: a request must not wait for it, nor fail with it.
    fn note_use(&self, known: &Known) {
        let now = self.context.now();
        let Via::ApiKey { id } = known.principal.via else { return };
        if !known.is_due(now, NOTED_EVERY) {
            return;
        }
        let context = self.context.clone();
        self.context.spawn(async move {
            let noted = context.write(Scope::system(), move |tx| {
                Box::pin(async move { tx.api_keys().touch(&Scope::system(), id, now).await })
            });
            if let Err(error) = noted.await {
                tracing::debug!(?error, "the use of a key was not noted");
            }
        });
    }
}

fn principal(account: Account, permissions: Permissions, via: Via) -> Principal {
    let user = account.user;
    Principal { scope: Scope::of(user.id), name: user.name.into(), role: user.role, permissions, via, by: None }
}
