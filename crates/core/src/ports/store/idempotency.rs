use async_trait::async_trait;
use uuid::Uuid;

use crate::{
    Result, Scope, Timestamp,
    types::{Claim, IdempotencyKey},
};

/// Idempotency keys, claimed in the same transaction as what the request stores, so that a crash between the two cannot
/// happen.
#[async_trait]
pub trait WriteIdempotency: Send + Sync {
    /// Claims a key for the scope's user.
    async fn claim(&self, scope: &Scope, key: IdempotencyKey) -> Result<Claim>;

    /// Marks the answer of a claimed key as final, and what it is; unknown keys are ignored.
    async fn finish(&self, scope: &Scope, key: &str, resource_id: Uuid) -> Result<()>;

    /// Forgets keys claimed before; at most 10 000 at a time. System only. Answers how many.
    async fn prune(&self, scope: &Scope, before: Timestamp) -> Result<u64>;
}
