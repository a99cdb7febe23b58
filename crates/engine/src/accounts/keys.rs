use std::time::Duration;

use jarvis_core::{
    Error, ErrorKind, Result, Scope,
    id::{ApiKeyId, UserId},
    ports::Tx,
    types::{ApiKey, NewApiKey, Permissions, Principal, Via},
};

use super::{Accounts, Secret, secrets};
use crate::{
    MAX_NAME_CHARS,
    audit::{Act, Actor},
};

/// Keys of one person at most.
const MAX_KEYS: usize = 100;
/// How long a key may be good.
const MAX_LIFETIME: Duration = Duration::from_hours(10 * 365 * 24);

/// A key to be made.
#[derive(Clone, Debug)]
pub struct KeyRequest {
    /// What it is for.
    pub name: String,
    /// What it may do; of what its maker may do.
    pub permissions: Permissions,
    /// How long it is good; for ever when none.
    pub lifetime: Option<Duration>,
}

/// A key that was made.
#[derive(Clone, Debug, PartialEq)]
pub struct MadeKey {
    /// The key itself: shown this once.
    pub secret: Secret,
    /// What is known of it.
    pub key: ApiKey,
}

impl Accounts {
    /// Makes a key.
    #[tracing::instrument(name = "accounts.make_key", target = "jarvis", skip_all)]
    pub async fn make_key(&self, principal: &Principal, request: KeyRequest) -> Result<MadeKey> {
        let KeyRequest { name, permissions, lifetime } = request;
        if matches!(principal.via, Via::ApiKey { .. }) {
            let message = "a key cannot make keys; log in";
            return Err(ErrorKind::Forbidden.error(message).with_code("login_required"));
        }
        let name = name.trim().to_owned();
        if name.is_empty() || name.chars().count() > MAX_NAME_CHARS || name.contains(char::is_control) {
            return Err(Error::invalid("name", format!("a name has from 1 to {MAX_NAME_CHARS} characters")));
        }
        if permissions.is_empty() || permissions.and(principal.permissions) != permissions {
            let message = format!(
                "choose at least one, among those that {} has too: {}",
                principal.name,
                principal.permissions.words().collect::<Vec<_>>().join(", ")
            );
            return Err(Error::invalid("permissions", message));
        }
        if lifetime.is_some_and(|lifetime| lifetime.is_zero() || lifetime > MAX_LIFETIME) {
            return Err(Error::invalid("expires_in_days", "a key is good from 1 day to 10 years, or for ever"));
        }
        let scope = principal.scope;
        let (secret, prefix, token) = secrets::key(&*self.context.ports.entropy)?;
        let (id, created_at) = (ApiKeyId::new(&*self.context.ports.ids), self.context.now());
        let expires_at = lifetime.map(|lifetime| created_at.plus(lifetime));
        let user_id = scope.user();
        let key = ApiKey { id, user_id, name, prefix, permissions, created_at, expires_at, last_used_at: None };
        let act = Act::new(&self.context, &Actor::of(principal), "key.make", id)?.about(user_id).after(&told(&key))?;
        let new = NewApiKey { key: key.clone(), token };
        self.context
            .write(Scope::system(), move |tx| {
                Box::pin(async move {
                    if tx.api_keys().list(&scope).await?.len() >= MAX_KEYS {
                        return Err(ErrorKind::Conflict
                            .error("there are 100 keys already; remove one")
                            .with_code("too_many_keys"));
                    }
                    tx.api_keys().insert(&scope, new).await?;
                    act.record(tx).await
                })
            })
            .await?;
        Ok(MadeKey { secret: Secret::new(secret), key })
    }

    /// The keys of a person, newest first.
    #[tracing::instrument(name = "accounts.keys", target = "jarvis", skip_all)]
    pub async fn keys(&self, principal: &Principal) -> Result<Vec<ApiKey>> {
        self.context.ports.store.api_keys().list(&principal.scope).await
    }

    /// Removes a key; it lets nobody in from now on.
    #[tracing::instrument(name = "accounts.remove_key", target = "jarvis", skip_all)]
    pub async fn remove_key(&self, principal: &Principal, id: ApiKeyId) -> Result<ApiKey> {
        let scope = principal.scope;
        let act = Act::new(&self.context, &Actor::of(principal), "key.remove", id)?.about(scope.user());
        let removed = self
            .context
            .write(Scope::system(), move |tx| {
                Box::pin(async move {
                    let removed = tx.api_keys().remove(&scope, id).await?;
                    if let Some(key) = &removed {
                        act.before(&told(key))?.record(tx).await?;
                    }
                    Ok(removed)
                })
            })
            .await?;
        self.gate().forget_of(scope.user());
        removed.ok_or_else(|| Error::not_found("key"))
    }
}

/// Removes all keys of a person, of whom nobody has many. Answers how many.
pub(super) async fn remove_keys(tx: &dyn Tx, user: UserId) -> Result<u64> {
    let scope = Scope::of(user);
    let keys = tx.api_keys().list(&scope).await?;
    for key in &keys {
        tx.api_keys().remove(&scope, key.id).await?;
    }
    Ok(keys.len() as u64)
}

/// What the trail tells of a key.
fn told(key: &ApiKey) -> serde_json::Value {
    let expires_at = key.expires_at.map(|at| at.to_string());
    serde_json::json!({
        "name": key.name, "prefix": key.prefix, "permissions": key.permissions.to_text(), "expires_at": expires_at,
    })
}
