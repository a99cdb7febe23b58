use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;
use uuid::Uuid;

use crate::{
    Result, Timestamp,
    ports::{Clock, Entropy, Ids},
};

/// A clock that stands at 2026-11-21T08:00:00Z until it is moved.
#[derive(Debug)]
pub struct FixedClock(AtomicI64);

impl Default for FixedClock {
    fn default() -> Self {
        Self(AtomicI64::new(1_795_248_000_000_000))
    }
}

impl FixedClock {
    /// Moves it forward.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(by.as_micros() as i64, Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// `00000000-0000-7000-8000-000000000001`, then 2, 3, …
#[derive(Debug, Default)]
pub struct CountingIds(AtomicU64);

impl Ids for CountingIds {
    fn next(&self) -> Uuid {
        let number = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        Uuid::from_u128(0x7000_8000_0000_0000_0000 | u128::from(number))
    }
}

/// Bytes that anybody can guess: 1, then 2, …, spread by a hash.
#[derive(Debug, Default)]
pub struct CountingEntropy(AtomicU64);

impl Entropy for CountingEntropy {
    fn bytes(&self) -> Result<[u8; 32]> {
        let mut state = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        let mut bytes = [0; 32];
        for part in bytes.chunks_mut(8) {
            // splitmix64
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            part.copy_from_slice(&(mixed ^ (mixed >> 31)).to_be_bytes());
        }
        Ok(bytes)
    }
}
