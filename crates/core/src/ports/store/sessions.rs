use async_trait::async_trait;

use crate::{
    Result, Scope, Timestamp,
    id::SessionId,
    types::{Cursor, NewSession, Page, Session, SessionPatch},
};

/// Reads sessions.
#[async_trait]
pub trait ReadSessions: Send + Sync {
    /// By identity.
    async fn get(&self, scope: &Scope, id: SessionId) -> Result<Option<Session>>;

    /// Newest first.
    async fn list(&self, scope: &Scope, limit: u32, after: Option<Cursor>) -> Result<Page<Session>>;
}

/// Writes sessions.
#[async_trait]
pub trait WriteSessions: ReadSessions {
    /// Adds a session owned by the scope's user.
    async fn insert(&self, scope: &Scope, session: NewSession) -> Result<Session>;

    /// Changes a session; `None` when there is none.
    async fn update(
        &self,
        scope: &Scope,
        id: SessionId,
        patch: SessionPatch,
        now: Timestamp,
    ) -> Result<Option<Session>>;

    /// Removes a session; its conversations stay, without it. Answers whether there was one.
    async fn delete(&self, scope: &Scope, id: SessionId) -> Result<bool>;
}
