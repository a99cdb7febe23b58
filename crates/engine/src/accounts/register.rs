use std::net::IpAddr;

use jarvis_core::{
    Error, ErrorKind, Result, Scope, Timestamp,
    id::UserId,
    ports::Tx,
    types::{Account, AccountPatch, NewAccount, NewUser, PasswordHash, TokenHash, UserRole},
};

use super::{Accounts, LoggedIn, Registration, Secret, administers, passwords, secrets};
use crate::{
    audit::{Act, Actor},
    users::{LOCAL_USER, valid_account_name},
};

/// Who wants an account.
#[derive(Clone, Debug)]
pub struct RegisterRequest {
    /// The name they choose.
    pub name: String,
    /// The password they choose.
    pub password: Secret,
    /// The setup token, for the first administrator.
    pub setup_token: Option<Secret>,
    /// An invitation.
    pub invite: Option<Secret>,
    /// A local user of open mode whose data becomes theirs; with the setup token only.
    pub take_over: Option<String>,
    /// Where they are.
    pub address: Option<IpAddr>,
    /// What their client calls itself.
    pub label: Option<String>,
}

/// What allows an account.
#[derive(Clone, Debug)]
pub(super) enum Allowed {
    /// The setup token, as long as nobody administers.
    Setup,
    /// An administrator.
    Administrator(Actor, UserRole),
    /// An invitation, to be taken.
    Invite(TokenHash),
    /// Nobody else, because everybody may.
    Open,
}

/// An account to be made.
pub(super) struct Candidate {
    pub(super) id: UserId,
    pub(super) name: String,
    pub(super) password: PasswordHash,
    pub(super) take_over: Option<String>,
    pub(super) allowed: Allowed,
    pub(super) now: Timestamp,
}

impl Accounts {
    /// Makes an account and logs it in.
    ///
    /// Errors: `Forbidden` with code `setup_required`, `setup_token_wrong`, `registration_closed`, `invite_required` or
    /// `invite_unknown`; `Conflict` with code `user_exists` or `set_up_already`.
    #[tracing::instrument(name = "accounts.register", target = "jarvis", skip_all)]
    pub async fn register(&self, request: RegisterRequest) -> Result<LoggedIn> {
        self.meters.register.count(self.make_account(request).await)
    }

    async fn make_account(&self, request: RegisterRequest) -> Result<LoggedIn> {
        let RegisterRequest { name, password, setup_token, invite, take_over, address, label } = request;
        valid_account_name("username", &name)?;
        passwords::check("password", password.reveal())?;
        let allowed = self.allowed(setup_token, invite, address).await?;
        if take_over.is_some() && !matches!(allowed, Allowed::Setup) {
            let message = "only the first administrator, with the setup token, takes over what a local user had";
            return Err(Error::invalid("take_over", message));
        }
        let password = self.passwords.hash("password", password.reveal()).await?;
        let account = self.make(name, password, take_over, allowed).await?;
        self.begin(account, label).await
    }

    async fn allowed(
        &self,
        setup_token: Option<Secret>,
        invite: Option<Secret>,
        address: Option<IpAddr>,
    ) -> Result<Allowed> {
        if let Some(given) = setup_token {
            let guess = self.guess("the setup token", address).await?;
            if !self.options().setup_token.as_ref().is_some_and(|expected| is_same(&given, expected)) {
                return Err(refused("setup_token_wrong"));
            }
            self.give_back(guess).await;
            return Ok(Allowed::Setup);
        }
        if !self.context.have_accounts().await? {
            return Err(refused("setup_required"));
        }
        match (self.options().registration, invite) {
            (Registration::Closed, _) => Err(refused("registration_closed")),
            (_, Some(invite)) => Ok(Allowed::Invite(secrets::hash(invite.reveal()))),
            (Registration::Open, None) => Ok(Allowed::Open),
            (Registration::Invite, None) => Err(refused("invite_required")),
        }
    }

    /// Makes an account in one unit with what allows it.
    pub(super) async fn make(
        &self,
        name: String,
        password: PasswordHash,
        take_over: Option<String>,
        allowed: Allowed,
    ) -> Result<Account> {
        let (id, now) = (UserId::new(&*self.context.ports.ids), self.context.now());
        let candidate = Candidate { id, name, password, take_over, allowed, now };
        let act = match &candidate.allowed {
            Allowed::Administrator(by, _) => Act::new(&self.context, by, "user.add", id)?,
            _ => Act::new(&self.context, &Actor::user(Scope::of(id)), "user.register", id)?,
        };
        let made = self
            .context
            .write(Scope::system(), move |tx| Box::pin(async move { make(tx, candidate, act).await }))
            .await;
        self.gate().forget();
        self.changed.notify_waiters();
        made
    }
}

async fn make(tx: &dyn Tx, candidate: Candidate, act: Act) -> Result<Account> {
    let system = Scope::system();
    let Candidate { id, name, password, take_over, allowed, now } = candidate;
    tx.accounts().hold(&system).await?;
    let is_added = matches!(allowed, Allowed::Administrator(..));
    let knows_the_store = matches!(allowed, Allowed::Setup | Allowed::Administrator(..));
    let role = match allowed {
        Allowed::Setup if tx.accounts().counts(&system).await?.administrators > 0 => {
            return Err(ErrorKind::Conflict
                .error("there is an administrator already; log in, or ask for an invitation")
                .with_code("set_up_already"));
        }
        Allowed::Setup => UserRole::Admin,
        Allowed::Administrator(_, role) => role,
        Allowed::Invite(token) => invited(tx, token, now).await?,
        Allowed::Open => UserRole::User,
    };
    let taken_over = taken_over(tx, take_over.as_deref()).await?;
    is_free(tx, &name, taken_over, knows_the_store).await?;
    let user = match taken_over {
        Some(user) => user,
        None => tx.users().insert(&system, NewUser { id, name: name.clone(), role, created_at: now }).await?.id,
    };
    tx.accounts().insert(&system, NewAccount { user_id: user, password, created_at: now }).await?;
    let patch = AccountPatch { name: Some(name.clone()), role: Some(role), ..AccountPatch::default() };
    let account = tx.accounts().update(&system, user, patch).await?;
    let detail = serde_json::json!({"role": role.word()});
    let act = if is_added { act.about(user) } else { act.by_themselves(user) };
    act.on(user).after(&detail)?.record(tx).await?;
    account.ok_or_else(|| Error::internal("an account that was added is not there"))
}

/// Takes an invitation. It is good no longer than its maker administers; who made it on the machine itself always does.
async fn invited(tx: &dyn Tx, token: TokenHash, now: Timestamp) -> Result<UserRole> {
    let system = Scope::system();
    let Some(invite) = tx.invites().take(&system, token, now).await? else { return Err(refused("invite_unknown")) };
    if let Some(maker) = invite.created_by {
        let maker = tx.accounts().get(&system, maker).await?;
        maker.filter(administers).ok_or_else(|| refused("invite_unknown"))?;
    }
    Ok(invite.role)
}

/// A local user of open mode whose data a person takes over; none where the usual one never said anything.
async fn taken_over(tx: &dyn Tx, local: Option<&str>) -> Result<Option<UserId>> {
    let system = Scope::system();
    let Some(local) = local else { return Ok(None) };
    let unusable = |why: &str| Err(Error::invalid("take_over", format!("{why}; `{LOCAL_USER}` is the usual one")));
    match tx.users().by_name(&system, local).await? {
        None if local == LOCAL_USER => Ok(None),
        None => unusable("there is no local user of this name"),
        Some(user) if tx.accounts().get(&system, user.id).await?.is_some() => {
            unusable("this user has an account already")
        }
        Some(user) => Ok(Some(user.id)),
    }
}

/// Refuses a name that somebody else has, be it in upper or in lower case. Whoever `knows_the_store` hears what else can be
/// done with one that is a local user's.
async fn is_free(tx: &dyn Tx, name: &str, meant: Option<UserId>, knows_the_store: bool) -> Result<()> {
    let system = Scope::system();
    let mut others = tx.users().alike(&system, name).await?.into_iter().filter(|user| Some(user.id) != meant);
    let Some(other) = others.next() else { return Ok(()) };
    let has_account = tx.accounts().get(&system, other.id).await?.is_some();
    let message = if knows_the_store && !has_account {
        let local = &other.name;
        format!(
            "`{local}` is a local user of open mode without an account; to give the account what is theirs, take over \
             `{local}` (take_over, or --take-over {local}), or choose another name"
        )
    } else {
        "this user name is taken; choose another (upper and lower case are the same)".to_owned()
    };
    Err(ErrorKind::Conflict.error(message).with_code("user_exists"))
}

fn is_same(given: &Secret, expected: &Secret) -> bool {
    // digests, compared without stopping at the first difference: how long it takes tells nothing
    let (given, expected) = (secrets::hash(given.reveal()), secrets::hash(expected.reveal()));
    given.0.iter().zip(&expected.0).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

fn refused(code: &'static str) -> Error {
    let message = match code {
        "setup_required" => {
            "the first account is the administrator's: send the setup_token; the log of the server says where it is"
        }
        "setup_token_wrong" => "this is not the setup token; the log of the server says where it is",
        "registration_closed" => "nobody can register here; ask an administrator for an account",
        "invite_required" => "registering needs an invitation; ask an administrator for one",
        _ => "this invitation is not good, or not any more; ask for another",
    };
    ErrorKind::Forbidden.error(message).with_code(code)
}
