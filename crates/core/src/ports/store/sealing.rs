use async_trait::async_trait;

use crate::{
    Result, Scope,
    ports::{SealedTable, transfer::Cell},
    types::{KeyId, Resealed, SealingPhase, StoredKey},
};

/// Under which keys values are sealed; for the system only.
#[async_trait]
pub trait ReadSealing: Send + Sync {
    /// Every key that values may be sealed under, the newest last; none when nothing is sealed.
    async fn keys(&self, scope: &Scope) -> Result<Vec<StoredKey>>;

    /// Rows of a table that holds sealed values.
    async fn count(&self, scope: &Scope, table: &'static SealedTable) -> Result<u64>;
}

/// Changing under which keys values are sealed; for the system only.
#[async_trait]
pub trait WriteSealing: ReadSealing {
    /// Notes a key, unless one of that name is there.
    async fn add(&self, scope: &Scope, key: StoredKey) -> Result<()>;

    /// Sets the phase of every key.
    async fn set_phase(&self, scope: &Scope, phase: SealingPhase) -> Result<()>;

    /// Forgets a key: nothing is sealed under it any more.
    async fn remove(&self, scope: &Scope, key: KeyId) -> Result<()>;

    /// Counts anew what everybody's texts take as they are stored: after encryption was turned on or off they take another size.
    async fn recount_bytes(&self, scope: &Scope) -> Result<()>;

    /// Replaces what [`Sealer::renew`](crate::ports::Sealer::renew) says must be replaced in some rows behind `after`, in the order
    /// of their keys. A row that somebody else changes meanwhile is left to them.
    async fn reseal(
        &self,
        scope: &Scope,
        table: &'static SealedTable,
        after: Option<Vec<Cell>>,
    ) -> Result<Resealed<Vec<Cell>>>;
}
