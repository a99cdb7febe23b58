//! Passwords: hashed with argon2id, a few at a time, because each takes 19 MiB and a core for some twenty milliseconds.

use std::{sync::Arc, thread::available_parallelism, time::Duration};

use argon2::{Algorithm, Argon2, Params, Version};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD as BASE64};
use jarvis_core::{
    Error, ErrorKind, Result,
    observe::{Operation, QueueMeter},
    ports::Entropy,
    types::PasswordHash,
};
use tokio::sync::Semaphore;

/// KiB of memory, passes and lanes.
type Cost = (u32, u32, u32);

/// The smallest that the OWASP Password Storage Cheat Sheet recommends for argon2id.
const COST: Cost = (19 * 1_024, 2, 1);
/// Bytes of a password.
const MIN_BYTES: usize = 8;
const MAX_BYTES: usize = 1_000;
const HASH_BYTES: usize = 32;
const SALT_BYTES: usize = 16;
/// Passwords that may wait for their turn.
const MAX_WAITING: usize = 256;
/// When it is worth trying again.
const RETRY_AFTER: Duration = Duration::from_secs(2);
/// What the password of nobody is compared with, so that it takes as long as anybody's. No password has this hash.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGhhcyB0aGlzIQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What hashes and compares.
#[derive(Debug)]
pub(super) struct Passwords {
    entropy: Arc<dyn Entropy>,
    turns: Arc<Semaphore>,
    waiting: Semaphore,
    queue: QueueMeter,
    hashing: Operation,
}

impl Passwords {
    pub(super) fn new(entropy: Arc<dyn Entropy>) -> Self {
        let cores = available_parallelism().map_or(1, std::num::NonZero::get);
        let turns = Arc::new(Semaphore::new((cores / 2).clamp(1, 8)));
        let (queue, hashing) = (QueueMeter::new("passwords", MAX_WAITING), Operation::new("argon2", "hash"));
        Self { entropy, turns, waiting: Semaphore::new(MAX_WAITING), queue, hashing }
    }

    /// Hashes a password that somebody chose; `field` is where they wrote it.
    pub(super) async fn hash(&self, field: &'static str, password: &str) -> Result<PasswordHash> {
        check(field, password)?;
        let random = self.entropy.bytes()?;
        let password = password.to_owned();
        self.in_turn(move || {
            let salt = &random[..SALT_BYTES];
            let hash = hash_with(COST, salt, password.as_bytes())?;
            let (m, t, p) = COST;
            let (salt, hash) = (BASE64.encode(salt), BASE64.encode(hash));
            Ok(PasswordHash::new(format!("$argon2id$v=19$m={m},t={t},p={p}${salt}${hash}")))
        })
        .await
    }

    /// Whether a password is the one that was hashed; `None` is nobody's, which takes as long and never is.
    pub(super) async fn is_right(&self, password: &str, hash: Option<&PasswordHash>) -> Result<bool> {
        let stored = hash.map_or(NOBODY, PasswordHash::reveal).to_owned();
        let is_nobody = hash.is_none();
        // whoever sends more than anybody could have chosen waits as long as everybody else
        let mut password = password.to_owned().into_bytes();
        let fits = password.len() <= MAX_BYTES;
        password.truncate(MAX_BYTES);
        let is_same = self.in_turn(move || verify(&stored, &password)).await?;
        Ok(is_same && fits && !is_nobody)
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let _place = self.waiting.try_acquire().map_err(|_| {
            self.queue.rejected(1);
            ErrorKind::Unavailable
                .error("too many are logging in at this moment; try again")
                .with_retry_after(RETRY_AFTER)
        })?;
        let waiting = self.queue.enter();
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(Error::internal)?;
        drop(waiting);
        let worked = tokio::task::spawn_blocking(move || {
            // held by the work itself: a caller that goes away does not let another one begin beside it
            let _turn = turn;
            work()
        });
        self.hashing.measure(async { worked.await.map_err(Error::internal)? }).await
    }
}

/// Refuses what is no password.
pub(super) fn check(field: &'static str, password: &str) -> Result<()> {
    if password.len() < MIN_BYTES || password.len() > MAX_BYTES {
        return Err(Error::invalid(field, format!("a password has from {MIN_BYTES} to {MAX_BYTES} bytes")));
    }
    Ok(())
}

fn hash_with((memory, passes, lanes): Cost, salt: &[u8], password: &[u8]) -> Result<[u8; HASH_BYTES]> {
    let wrong = |error: argon2::Error| Error::internal(error.to_string());
    let params = Params::new(memory, passes, lanes, Some(HASH_BYTES)).map_err(wrong)?;
    let mut hash = [0; HASH_BYTES];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password, salt, &mut hash)
        .map_err(wrong)?;
    Ok(hash)
}

/// With the cost that is written in the hash, so that a hash stays good when the cost changes.
fn verify(stored: &str, password: &[u8]) -> Result<bool> {
    let (cost, salt, expected) = parse(stored).ok_or_else(|| {
        ErrorKind::Corrupt.error("the store holds a password that it never wrote; run `jarvis doctor`")
    })?;
    let hash = hash_with(cost, &salt, password)?;
    Ok(hash.iter().zip(&expected).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0)
}

/// `$argon2id$v=19$m=…,t=…,p=…$salt$hash`
fn parse(stored: &str) -> Option<(Cost, Vec<u8>, [u8; HASH_BYTES])> {
    let mut parts = stored.strip_prefix("$argon2id$v=19$")?.split('$');
    let mut costs = parts.next()?.split(',');
    let mut cost = |name: &str| costs.next()?.strip_prefix(name)?.parse::<u32>().ok();
    let cost = (cost("m=")?, cost("t=")?, cost("p=")?);
    let salt = BASE64.decode(parts.next()?).ok()?;
    let hash = BASE64.decode(parts.next()?).ok()?.try_into().ok()?;
    parts.next().is_none().then_some((cost, salt, hash))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jarvis_core::testkit::CountingEntropy;

    #[tokio::test]
    async fn only_the_password_itself_is_right() {
        let passwords = Passwords::new(Arc::new(CountingEntropy::default()));
        let hash = passwords.hash("password", "mot de passe été").await.unwrap();
        assert!(hash.reveal().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(passwords.is_right("mot de passe été", Some(&hash)).await.unwrap());
        assert!(!passwords.is_right("mot de passe ete", Some(&hash)).await.unwrap());
        assert!(!passwords.is_right("mot de passe été", None).await.unwrap());
        let again = passwords.hash("password", "mot de passe été").await.unwrap();
        assert_ne!(hash, again, "each with a salt of its own");
    }

    #[tokio::test]
    async fn nobody_can_be_hashed_and_compared_like_everybody() {
        let (cost, salt, _) = parse(NOBODY).unwrap();
        assert_eq!((cost, salt.len()), (COST, SALT_BYTES));
        let passwords = Passwords::new(Arc::new(CountingEntropy::default()));
        assert!(!passwords.is_right(&"x".repeat(5_000), None).await.unwrap());
        for wrong in ["short", &"x".repeat(1_001)] {
            assert_eq!(passwords.hash("new_password", wrong).await.unwrap_err().field(), Some("new_password"));
        }
    }

    #[test]
    fn what_was_never_written_is_damage() {
        for text in ["", "$argon2id$v=19$m=1,t=1$a$b", "$argon2i$v=19$m=19456,t=2,p=1$AAAA$AAAA", "plain"] {
            assert_eq!(verify(text, b"x").unwrap_err().kind(), ErrorKind::Corrupt, "{text}");
        }
    }
}
