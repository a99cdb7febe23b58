use async_trait::async_trait;

use crate::{
    Result, Scope,
    id::UserId,
    types::{NewUser, User},
};

/// Reads users. A user sees only themselves.
#[async_trait]
pub trait ReadUsers: Send + Sync {
    /// By identity.
    async fn get(&self, scope: &Scope, id: UserId) -> Result<Option<User>>;

    /// By unique name. System only.
    async fn by_name(&self, scope: &Scope, name: &str) -> Result<Option<User>>;

    /// Those whose name differs in upper and lower case at most, the oldest first. System only.
    async fn alike(&self, scope: &Scope, name: &str) -> Result<Vec<User>>;
}

/// Writes users. System only.
#[async_trait]
pub trait WriteUsers: ReadUsers {
    /// Adds a user. `Conflict` when the name is taken.
    async fn insert(&self, scope: &Scope, user: NewUser) -> Result<User>;
}
