use std::time::Duration;

use jarvis_core::{
    Error, ErrorKind, Result, Scope,
    id::UserId,
    types::{NewUser, User, UserRole},
};
use moka::sync::Cache;

use crate::context::Context;

/// The user of open mode who is meant when no name is given.
pub const LOCAL_USER: &str = "default";

/// What is shown where somebody's name would be.
const RESERVED: [&str; 5] = ["-", LOCAL_USER, "open", "system", "unknown"];

/// People.
#[derive(Debug)]
pub struct Users {
    context: Context,
    /// Name → identity. Forgotten when a person is erased; the time limit only bounds its size.
    by_name: Cache<String, UserId>,
}

impl Users {
    pub(crate) fn new(context: Context) -> Self {
        let by_name = Cache::builder().max_capacity(10_000).time_to_idle(Duration::from_hours(1));
        // another node may erase a person, and the notice of it may be lost
        let by_name = if context.nodes.is_shared { by_name.time_to_live(Duration::from_secs(30)) } else { by_name };
        let by_name = by_name.build();
        Self { context, by_name }
    }

    /// What is known of names; to be forgotten when a person is erased.
    pub(crate) fn names(&self) -> Cache<String, UserId> {
        self.by_name.clone()
    }

    /// The scope of a local user of open mode, made known when new: for what writes.
    pub async fn local(&self, name: Option<&str>) -> Result<Scope> {
        let name = name.unwrap_or(LOCAL_USER);
        let id = match self.find(name).await? {
            Some(id) => id,
            None => self.find_or_add(name).await?.id,
        };
        Ok(Scope::of(id))
    }

    /// The scope of a local user of open mode, of [`Scope::nobody`] when new: for what only reads, so that looking
    /// leaves nothing behind.
    pub async fn known(&self, name: Option<&str>) -> Result<Scope> {
        let name = name.unwrap_or(LOCAL_USER);
        Ok(self.find(name).await?.map_or_else(Scope::nobody, Scope::of))
    }

    /// The scope of whom an operator means, who acts on behalf of anybody: the person they name, or the one there is. Where
    /// nobody has an account that is the local user, and with `is_new` a name that nobody has is made known.
    ///
    /// Errors: `NotFound` with code `user_unknown` for a name that nobody has; `Invalid` when people have accounts and it is
    /// not clear whose data is meant.
    pub async fn meant(&self, named: Option<&str>, is_new: bool) -> Result<Scope> {
        let only = if named.is_none() { self.only().await? } else { None };
        let name = named.or(only.as_deref()).unwrap_or(LOCAL_USER);
        match self.find(name).await? {
            Some(id) => Ok(Scope::of(id)),
            None if is_new && !self.context.have_accounts().await? => self.local(Some(name)).await,
            None if named.is_none() => Ok(Scope::nobody()),
            None => Err(ErrorKind::NotFound
                .error(format!(
                    "there is no user `{name}`; check the name, upper and lower case too (`jarvis user list` shows who has an \
                     account)"
                ))
                .with_code("user_unknown")),
        }
    }

    /// The name of the only person who has an account; none where nobody has one.
    async fn only(&self) -> Result<Option<String>> {
        let mut accounts = self.context.ports.store.accounts().list(&Scope::system(), 1, None).await?;
        let unclear = |why: &'static str| Err(Error::invalid("user_id", why));
        match (accounts.items.pop(), accounts.total, self.context.options.accounts.required) {
            (None, ..) => Ok(None),
            (Some(only), 1, true) => Ok(Some(only.user.name)),
            (Some(_), _, true) => {
                unclear("several people have accounts here; say who is meant (user_id, or --user NAME)")
            }
            // whoever reaches a server in open mode is the local user; whoever runs a command may just not have its settings
            (Some(_), _, false) => unclear(
                "people have accounts here, but AUTH_MODE is open: say who is meant (user_id, or --user NAME; `default` is \
                 whoever came without an account), or set AUTH_MODE=required",
            ),
        }
    }

    async fn find(&self, name: &str) -> Result<Option<UserId>> {
        if let Some(id) = self.by_name.get(name) {
            return Ok(Some(id));
        }
        valid_name("user_id", name)?;
        let user = self.context.ports.store.users().by_name(&Scope::system(), name).await?;
        if let Some(user) = &user {
            self.by_name.insert(name.to_owned(), user.id);
        }
        Ok(user.map(|user| user.id))
    }

    /// Reads a user.
    pub async fn get(&self, scope: &Scope) -> Result<Option<User>> {
        self.context.ports.store.users().get(scope, scope.user()).await
    }

    async fn find_or_add(&self, name: &str) -> Result<User> {
        match self.find_or_try_to_add(name).await {
            // another transaction has added the user meanwhile, and has ended: now it is seen
            Err(error) if error.kind() == ErrorKind::Conflict => self.find_or_try_to_add(name).await,
            other => other,
        }
    }

    /// Looks again inside the transaction that adds: of two first requests of a person, the second finds the user there,
    /// even when readers cannot see it yet.
    async fn find_or_try_to_add(&self, name: &str) -> Result<User> {
        let user = NewUser {
            id: UserId::new(&*self.context.ports.ids),
            name: name.to_owned(),
            role: UserRole::User,
            created_at: self.context.now(),
        };
        self.context
            .write(Scope::system(), move |tx| {
                Box::pin(async move {
                    let system = Scope::system();
                    match tx.users().by_name(&system, &user.name).await? {
                        Some(user) => Ok(user),
                        None => tx.users().insert(&system, user).await,
                    }
                })
            })
            .await
    }
}

/// `field` names it in the error.
pub(crate) fn valid_name(field: &'static str, name: &str) -> Result<()> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if name.is_empty() || name.len() > 50 || !name.chars().all(allowed) {
        return Err(Error::invalid(field, format!("{field} must be 1 to 50 letters, digits, _ or -")));
    }
    Ok(())
}

/// The same for the name of an account, which must not read like nobody's in the trail.
pub(crate) fn valid_account_name(field: &'static str, name: &str) -> Result<()> {
    valid_name(field, name)?;
    if RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(name)) {
        return Err(ErrorKind::Conflict
            .error(format!("`{name}` means nobody in particular here; choose another name"))
            .with_code("user_exists"));
    }
    Ok(())
}
