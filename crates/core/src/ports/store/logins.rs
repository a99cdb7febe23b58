use async_trait::async_trait;

use crate::{
    Result, Scope, Timestamp,
    id::{ApiKeyId, InviteId, LoginId},
    types::{ApiKey, Exchange, Invite, Login, NewApiKey, NewLogin, Rotation, TokenHash},
};

/// Reads logins. A person sees only their own.
#[async_trait]
pub trait ReadLogins: Send + Sync {
    /// By identity.
    async fn get(&self, scope: &Scope, id: LoginId) -> Result<Option<Login>>;

    /// The scope's user's that can be refreshed after `now`, newest first; a thousand at most.
    async fn list(&self, scope: &Scope, now: Timestamp) -> Result<Vec<Login>>;
}

/// Writes logins.
#[async_trait]
pub trait WriteLogins: ReadLogins {
    /// Begins one. System only.
    async fn insert(&self, scope: &Scope, login: NewLogin) -> Result<()>;

    /// Exchanges a refresh token for the next one. Of many who use one token at once, one exchanges it; the others are told
    /// the same again as far as the exchange says so, and end the login otherwise. System only.
    async fn rotate(&self, scope: &Scope, exchange: Exchange) -> Result<Rotation>;

    /// Ends one; answers whether there was one.
    async fn end(&self, scope: &Scope, id: LoginId) -> Result<bool>;

    /// Ends all of the scope's user but `except`; answers how many.
    async fn end_all(&self, scope: &Scope, except: Option<LoginId>) -> Result<u64>;

    /// Forgets what has expired at `now`, some of it at a time; answers how many rows. System only.
    async fn prune(&self, scope: &Scope, now: Timestamp) -> Result<u64>;
}

/// Reads keys of programs. A person sees only their own.
#[async_trait]
pub trait ReadApiKeys: Send + Sync {
    /// By all of it. System only.
    async fn by_token(&self, scope: &Scope, token: TokenHash) -> Result<Option<ApiKey>>;

    /// The scope's user's, newest first; a thousand at most.
    async fn list(&self, scope: &Scope) -> Result<Vec<ApiKey>>;
}

/// Writes keys of programs.
#[async_trait]
pub trait WriteApiKeys: ReadApiKeys {
    /// Adds one to the scope's user. `NotFound` when there is no such user.
    async fn insert(&self, scope: &Scope, key: NewApiKey) -> Result<()>;

    /// Removes one; answers it.
    async fn remove(&self, scope: &Scope, id: ApiKeyId) -> Result<Option<ApiKey>>;

    /// Notes a use. System only.
    async fn touch(&self, scope: &Scope, id: ApiKeyId, at: Timestamp) -> Result<()>;
}

/// Reads invitations. System only.
#[async_trait]
pub trait ReadInvites: Send + Sync {
    /// All that are good after `now`, newest first; a thousand at most.
    async fn list(&self, scope: &Scope, now: Timestamp) -> Result<Vec<Invite>>;
}

/// Writes invitations. System only.
#[async_trait]
pub trait WriteInvites: ReadInvites {
    /// Adds one.
    async fn insert(&self, scope: &Scope, invite: Invite, token: TokenHash) -> Result<()>;

    /// Takes the one with this token, if it is still good: it is gone then. What has expired goes too.
    async fn take(&self, scope: &Scope, token: TokenHash, now: Timestamp) -> Result<Option<Invite>>;

    /// Removes one; answers whether there was one.
    async fn remove(&self, scope: &Scope, id: InviteId) -> Result<bool>;
}
