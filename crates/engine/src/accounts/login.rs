use std::{net::IpAddr, time::Duration};

use jarvis_core::{
    Error, ErrorKind, Result, Scope, Timestamp,
    id::{LoginId, UserId},
    ports::Tx,
    types::{Account, AccountPatch, Exchange, Login, NewLogin, Permissions, Principal, Rotation, Via},
};

use super::{Accounts, failures::Refusal, is_disabled, jwt::Claims, secrets};
use crate::audit::{Act, Actor};

/// How long a page may ask again for the answer that it may not have heard.
const REPEATED_FOR: Duration = Duration::from_secs(10);
/// Characters of what a client calls itself.
const MAX_LABEL_CHARS: usize = 120;

/// Who wants to log in.
#[derive(Clone, Debug)]
pub struct LoginRequest {
    /// Their name.
    pub name: String,
    /// Their password.
    pub password: super::Secret,
    /// Where they are; none when it is not known.
    pub address: Option<IpAddr>,
    /// What their client calls itself.
    pub label: Option<String>,
}

/// Somebody who is logged in.
#[derive(Clone, Debug, PartialEq)]
pub struct LoggedIn {
    /// Who.
    pub account: Account,
    /// What they may do.
    pub permissions: Permissions,
    /// The login.
    pub login: Login,
    /// To be sent with every request.
    pub access_token: super::Secret,
    /// How long that is good.
    pub access_lifetime: Duration,
    /// To be exchanged for new tokens, once.
    pub refresh_token: super::Secret,
}

impl Accounts {
    /// Begins a login.
    ///
    /// Errors: `Unauthenticated` with code `invalid_credentials`, whatever is wrong and after the same work; `RateLimited`
    /// with code `too_many_attempts` after too many tries, also for names that nobody has.
    #[tracing::instrument(name = "accounts.login", target = "jarvis", skip_all)]
    pub async fn login(&self, request: LoginRequest) -> Result<LoggedIn> {
        self.meters.login.count(self.log_in(request).await)
    }

    async fn log_in(&self, request: LoginRequest) -> Result<LoggedIn> {
        let LoginRequest { name, password, address, label } = request;
        let account = async || self.context.ports.store.accounts().by_name(&Scope::system(), &name).await;
        let guess = match self.guess(&name, address).await {
            Ok(guess) => guess,
            Err(error) => {
                self.note_failure(Refusal::LockedOut, account().await?.map(|account| account.user.id));
                return Err(error);
            }
        };
        let account = account().await?;
        let compared = self.passwords.is_right(password.reveal(), account.as_ref().map(|one| &one.password)).await;
        let proved = account.as_ref().filter(|account| matches!(compared, Ok(true)) && !is_disabled(account));
        // what could not be compared was no guess either
        if proved.is_some() || compared.is_err() {
            self.give_back(guess).await;
        }
        compared?;
        match (proved.is_some(), account) {
            (true, Some(account)) => self.begin(account, label).await,
            (_, account) => {
                tracing::info!(target: "auth", address = address.map(tracing::field::display), "a login was refused");
                self.note_failure(Refusal::Wrong, account.map(|account| account.user.id));
                Err(wrong())
            }
        }
    }

    /// Exchanges a refresh token for new tokens.
    ///
    /// Errors: `Unauthenticated` with code `invalid_refresh_token`; when it was exchanged before, its login is over.
    #[tracing::instrument(name = "accounts.refresh", target = "jarvis", skip_all)]
    pub async fn refresh(&self, token: &str) -> Result<LoggedIn> {
        let next = secrets::token(&*self.context.ports.entropy)?.0;
        self.meters.refresh.count(self.exchange(token, next, None).await)
    }

    /// As [`Accounts::refresh`], for a page, whose answer may get lost: it is left or reloaded, or the connection breaks, and its
    /// browser still has the old token. Who asks with that again at once gets the same one again, as long as nobody has used
    /// it. It comes of the old one and the key that all servers share, so it does not matter which of them is asked.
    #[tracing::instrument(name = "accounts.refresh", target = "jarvis", skip_all)]
    pub async fn refresh_in_browser(&self, token: &str) -> Result<LoggedIn> {
        let next = self.signer.as_ref().ok_or_else(stale)?.next_refresh_token(token);
        let since = Timestamp::from_micros(self.context.now().as_micros() - REPEATED_FOR.as_micros() as i64);
        self.meters.refresh.count(self.exchange(token, next, Some(since)).await)
    }

    async fn exchange(&self, token: &str, next: String, repeat_since: Option<Timestamp>) -> Result<LoggedIn> {
        let (now, used) = (self.context.now(), secrets::hash(token));
        let expires_at = now.plus(self.options().refresh_lifetime);
        let exchange = Exchange { token: used, next: secrets::hash(&next), now, expires_at, repeat_since };
        let act = Act::new(&self.context, &Actor::system(), "auth.refresh_token_reused", "login")?;
        let rotated = self
            .context
            .write(Scope::system(), move |tx| Box::pin(async move { rotate(tx, exchange, act).await }))
            .await?;
        match rotated {
            Rotated::Next(account, login) => self.tokens(*account, login, next),
            Rotated::Ended(login, user) => {
                self.gate().forget_of(user);
                tracing::warn!(target: "auth", login = %login, "a refresh token was used twice; its login is over");
                Err(stale())
            }
            Rotated::Nothing => Err(stale()),
        }
    }

    /// Ends the login that the principal came with, or all of theirs when `everywhere`. Answers how many ended.
    ///
    /// Errors: `Conflict` for who came with a key and wants to end this login.
    #[tracing::instrument(name = "accounts.logout", target = "jarvis", skip_all)]
    pub async fn logout(&self, principal: &Principal, everywhere: bool) -> Result<u64> {
        let (scope, act) = (principal.scope, if everywhere { "auth.logout_everywhere" } else { "auth.logout" });
        let user = scope.user();
        let act = Act::new(&self.context, &Actor::of(principal), act, user)?.about(user);
        let login = match principal.via {
            _ if everywhere => None,
            Via::AccessToken { login } => Some(login),
            _ => {
                let message =
                    "a key is not logged in; remove it with DELETE /api/auth/keys/{id}, or send {\"everywhere\": true}";
                return Err(ErrorKind::Conflict.error(message).with_code("not_a_login"));
            }
        };
        let ended = self
            .context
            .write(Scope::system(), move |tx| {
                Box::pin(async move {
                    let ended = match login {
                        Some(login) => u64::from(tx.logins().end(&scope, login).await?),
                        None => tx.logins().end_all(&scope, None).await?,
                    };
                    act.after(&serde_json::json!({"ended": ended}))?.record(tx).await?;
                    Ok(ended)
                })
            })
            .await;
        self.gate().forget_of(user);
        ended
    }

    /// The logins of a person, newest first.
    #[tracing::instrument(name = "accounts.logins", target = "jarvis", skip_all)]
    pub async fn logins(&self, principal: &Principal) -> Result<Vec<Login>> {
        self.context.ports.store.logins().list(&principal.scope, self.context.now()).await
    }

    /// Ends one login of a person.
    #[tracing::instrument(name = "accounts.end_login", target = "jarvis", skip_all)]
    pub async fn end_login(&self, principal: &Principal, id: LoginId) -> Result<()> {
        let scope = principal.scope;
        let act = Act::new(&self.context, &Actor::of(principal), "auth.login_ended", id)?.about(scope.user());
        let ended = self
            .context
            .write(Scope::system(), move |tx| {
                Box::pin(async move {
                    let ended = tx.logins().end(&scope, id).await?;
                    if ended {
                        act.record(tx).await?;
                    }
                    Ok(ended)
                })
            })
            .await?;
        self.gate().forget_of(scope.user());
        if ended { Ok(()) } else { Err(Error::not_found("login")) }
    }

    /// Begins a login of somebody who has proved who they are.
    pub(super) async fn begin(&self, account: Account, label: Option<String>) -> Result<LoggedIn> {
        let (token, hash) = secrets::token(&*self.context.ports.entropy)?;
        let now = self.context.now();
        let login = Login {
            id: LoginId::new(&*self.context.ports.ids),
            user_id: account.user.id,
            label: label.map(|label| shortened(&label)).filter(|label| !label.is_empty()),
            created_at: now,
            used_at: now,
            expires_at: now.plus(self.options().refresh_lifetime),
        };
        let by = Actor::user(Scope::of(account.user.id));
        let act = Act::new(&self.context, &by, "auth.login", login.id)?.about(account.user.id);
        let new = NewLogin { login: login.clone(), token: hash };
        let account = self
            .context
            .write(Scope::system(), move |tx| Box::pin(async move { begin(tx, account, new, act).await }))
            .await?;
        self.tokens(account, login, token)
    }

    fn tokens(&self, account: Account, login: Login, refresh_token: String) -> Result<LoggedIn> {
        let (now, lifetime) = (self.context.now().as_micros() / 1_000_000, self.options().access_lifetime);
        let permissions = Permissions::of_role(account.user.role);
        let user = *account.user.id.as_uuid();
        let claims = Claims {
            sub: user,
            user_id: user,
            username: account.user.name.clone(),
            permissions: permissions.words().map(str::to_owned).collect(),
            iat: now,
            exp: now + lifetime.as_secs() as i64,
            jti: self.context.ports.ids.next(),
            sid: *login.id.as_uuid(),
        };
        let access_token = super::Secret::new(self.signer()?.sign(&claims)?);
        let refresh_token = super::Secret::new(refresh_token);
        Ok(LoggedIn { account, permissions, login, access_token, access_lifetime: lifetime, refresh_token })
    }
}

/// What became of a refresh token.
enum Rotated {
    Next(Box<Account>, Login),
    Ended(LoginId, UserId),
    Nothing,
}

async fn rotate(tx: &dyn Tx, exchange: Exchange, act: Act) -> Result<Rotated> {
    let system = Scope::system();
    match tx.logins().rotate(&system, exchange).await? {
        Rotation::Unknown => Ok(Rotated::Nothing),
        // kept, although it is refused: the login must be over
        Rotation::Reused(login) => {
            act.about(login.user_id).record(tx).await?;
            Ok(Rotated::Ended(login.id, login.user_id))
        }
        Rotation::Rotated(login) | Rotation::Repeated(login) => {
            match tx.accounts().get(&system, login.user_id).await? {
                Some(account) if !is_disabled(&account) => Ok(Rotated::Next(Box::new(account), login)),
                _ => {
                    tx.logins().end(&system, login.id).await?;
                    Ok(Rotated::Nothing)
                }
            }
        }
    }
}

/// Looks again at who logs in: the password may have changed since it was compared.
async fn begin(tx: &dyn Tx, proved: Account, new: NewLogin, act: Act) -> Result<Account> {
    let (system, user) = (Scope::system(), proved.user.id);
    let patch = AccountPatch { last_login_at: Some(new.login.created_at), ..AccountPatch::default() };
    match tx.accounts().update(&system, user, patch).await? {
        Some(account) if account.password == proved.password && !is_disabled(&account) => {
            tx.logins().insert(&system, new).await?;
            act.record(tx).await?;
            Ok(account)
        }
        _ => Err(wrong()),
    }
}

fn shortened(label: &str) -> String {
    label.chars().filter(|c| !c.is_control()).take(MAX_LABEL_CHARS).collect::<String>().trim().to_owned()
}

pub(super) fn wrong() -> Error {
    ErrorKind::Unauthenticated.error("the name or the password is wrong").with_code("invalid_credentials")
}

fn stale() -> Error {
    ErrorKind::Unauthenticated
        .error("this refresh token is not good any more; log in again")
        .with_code("invalid_refresh_token")
}
