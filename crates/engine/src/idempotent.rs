//! Requests that may be repeated safely.

use jarvis_core::{
    Error, ErrorKind, Result, Scope, Timestamp,
    ports::Tx,
    types::{Claim, ClaimState, IdempotencyKey},
};
use std::time::Duration;
use uuid::Uuid;

/// What a caller sent to make a request repeatable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotency {
    /// The key.
    pub key: String,
    /// SHA-256 of route and body.
    pub request_hash: [u8; 32],
}

/// A value, and whether an earlier request with the same key had made it.
#[derive(Clone, Debug, PartialEq)]
pub struct Once<T> {
    /// The value.
    pub value: T,
    /// Whether it was made before.
    pub replayed: bool,
}

impl Idempotency {
    /// Checks the form of a key.
    pub fn new(key: &str, request_hash: [u8; 32]) -> Result<Self> {
        if key.is_empty() || key.len() > 200 || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::invalid("Idempotency-Key", "Idempotency-Key must be 1 to 200 visible ASCII characters"));
        }
        Ok(Self { key: key.to_owned(), request_hash })
    }
}

/// What an earlier request with the same key has made.
pub(crate) struct Seen {
    pub(crate) resource_id: Uuid,
    pub(crate) state: ClaimState,
}

/// Claims a key inside the transaction that makes its resource; answers what an earlier request has made. Without a key
/// every request is new.
pub(crate) async fn claim(
    tx: &dyn Tx,
    scope: &Scope,
    idempotency: Option<&Idempotency>,
    resource_id: Uuid,
    at: Timestamp,
) -> Result<Option<Seen>> {
    let Some(Idempotency { key, request_hash }) = idempotency else { return Ok(None) };
    let key = IdempotencyKey { key: key.clone(), request_hash: *request_hash, resource_id, at };
    match tx.idempotency().claim(scope, key).await? {
        Claim::Mismatch => Err(Error::invalid(
            "Idempotency-Key",
            "this Idempotency-Key was used for another request; use a new key for a new request",
        )
        .with_code("idempotency_mismatch")),
        Claim::Seen { resource_id, state } => Ok(Some(Seen { resource_id, state })),
        Claim::New => Ok(None),
    }
}

/// Marks the answer of a key as final, and what it is, in the transaction that makes it so.
pub(crate) async fn finish(tx: &dyn Tx, scope: &Scope, idempotency: Option<&Idempotency>, made: &Uuid) -> Result<()> {
    match idempotency {
        Some(idempotency) => tx.idempotency().finish(scope, &idempotency.key, *made).await,
        None => Ok(()),
    }
}

/// The request behind a key is being worked on by somebody else.
pub(crate) fn still_running() -> Error {
    ErrorKind::Conflict
        .error("a request with this Idempotency-Key is still running; repeat it in a moment")
        .with_code("idempotency_running")
        .with_retry_after(Duration::from_secs(1))
}

/// What the first request made was removed since.
pub(crate) fn gone() -> Error {
    ErrorKind::Conflict
        .error("what the first request with this Idempotency-Key made was deleted since; use a new key")
        .with_code("idempotency_gone")
}
