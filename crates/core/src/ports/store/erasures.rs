use async_trait::async_trait;

use crate::{Result, Scope, Timestamp, id::UserId, types::ErasedRows};

/// Reads which erasures are under way.
#[async_trait]
pub trait ReadErasures: Send + Sync {
    /// The people whose data is being erased, oldest request first. System only.
    async fn pending(&self, scope: &Scope) -> Result<Vec<UserId>>;
}

/// Erases all that a person has, in steps, so that it can be gone on with after a crash. System only.
#[async_trait]
pub trait WriteErasures: ReadErasures {
    /// Notes by the person's id alone that all they have is to be erased. One that is noted stays as it is.
    async fn request(&self, scope: &Scope, user: UserId, at: Timestamp) -> Result<()>;

    /// Removes some of what the person has, telling the indexes, and then what the trail tells of them: entries stay, without their
    /// detail. When there is nothing left, their own row goes too. Answers what it removed; `None` once there is nothing to
    /// remove, the person included.
    async fn remove_some(&self, scope: &Scope, user: UserId) -> Result<Option<ErasedRows>>;

    /// Forgets a request: nothing is left in any file.
    async fn finish(&self, scope: &Scope, user: UserId) -> Result<()>;
}
