use std::fmt::Debug;

use async_trait::async_trait;

use crate::{
    Result,
    policy::rate_limit::{RateDecision, RateLimit},
    ports::Health,
};

/// Says who may go on and who must wait, by the rule of [`crate::policy::rate_limit`].
///
/// Contract: every key has a count of its own, and a key that was never seen is unspent. Taking is atomic: of many who ask at
/// once exactly as many go on as the limit has room for, on whichever node they ask. What is refused costs nothing. A
/// key may be forgotten when room is needed, which lets its owner go on.
/// Keys have 1 to 512 bytes.
#[async_trait]
pub trait RateLimiter: Send + Sync + Debug {
    /// Really asks what counts.
    async fn check(&self) -> Health;

    /// Takes `cost` from what `key` has left; 0 only looks. A cost above the burst can never go on, and is `Invalid`.
    async fn take(&self, key: &str, limit: &RateLimit, cost: u32) -> Result<RateDecision>;

    /// Gives back `cost` of what was taken of `key`: what it was taken for did not happen. Never leaves more than the burst.
    async fn give_back(&self, key: &str, limit: &RateLimit, cost: u32) -> Result<()>;
}
