use uuid::Uuid;

use crate::Timestamp;

/// A caller's promise that requests with this key are the same request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// What the caller sent, 1 to 200 visible ASCII characters.
    pub key: String,
    /// SHA-256 of route and body: another request under the same key is refused.
    pub request_hash: [u8; 32],
    /// What this request stores before its answer is final; a repetition gets the first one's.
    pub resource_id: Uuid,
    /// Now.
    pub at: Timestamp,
}

/// Whether the request behind a key is through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimState {
    /// Its resource was stored, its answer was not finished (still running, failed or crashed).
    Started,
    /// Its answer is final and can be replayed.
    Finished,
}

/// The answer to claiming a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Never seen: this request owns the key now.
    New,
    /// Seen with the same request.
    Seen {
        /// What the first request stored, or, once finished, what it made.
        resource_id: Uuid,
        /// How far it came.
        state: ClaimState,
    },
    /// Seen with another request.
    Mismatch,
}
