use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use jarvis_core::{
    Result, Timestamp,
    policy::rate_limit::{RateDecision, RateLimit},
    ports::{Clock, Health, RateLimiter, cache::bounded_key},
};

/// Parts with a lock each, so that those who ask at once seldom wait for each other. A power of two.
const SHARDS: usize = 64;
/// Keys of one generation in one part; 131 072 in all, some 100 bytes each.
const KEYS: usize = 1_024;

/// The limits of a single node.
///
/// Asked at every request, so it is a map and no cache with threads and clocks of its own: two generations of keys, the
/// older of which is forgotten when the younger is full. Whoever was seen since the last change of generations is in the
/// younger one, so those who are forgotten are those who were not seen for longest.
pub struct InProcessLimiter {
    shards: Box<[Mutex<Generations>]>,
    hasher: RandomState,
    clock: Arc<dyn Clock>,
}

/// When each key's next arrival is due.
#[derive(Default)]
struct Generations {
    younger: HashMap<Box<str>, Timestamp>,
    older: HashMap<Box<str>, Timestamp>,
}

impl InProcessLimiter {
    /// One that has seen nobody.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self { shards, hasher: RandomState::new(), clock }
    }

    fn shard(&self, key: &str) -> MutexGuard<'_, Generations> {
        let at = self.hasher.hash_one(key) as usize % SHARDS;
        self.shards[at].lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keys(&self) -> usize {
        let count = |shard: &Mutex<Generations>| {
            let shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            shard.younger.len() + shard.older.len()
        };
        self.shards.iter().map(count).sum()
    }
}

impl Generations {
    fn arrival(&self, key: &str) -> Option<Timestamp> {
        self.younger.get(key).or_else(|| self.older.get(key)).copied()
    }

    fn remember(&mut self, key: &str, arrival: Timestamp) {
        if let Some(known) = self.younger.get_mut(key) {
            *known = arrival;
            return;
        }
        if self.younger.len() >= KEYS {
            self.older = mem::take(&mut self.younger);
        }
        self.older.remove(key);
        self.younger.insert(key.into(), arrival);
    }
}

#[async_trait]
impl RateLimiter for InProcessLimiter {
    /// There is nothing outside that could fail.
    async fn check(&self) -> Health {
        Health::healthy(Duration::ZERO).with_figure("keys", self.keys() as u64)
    }

    async fn take(&self, key: &str, limit: &RateLimit, cost: u32) -> Result<RateDecision> {
        bounded_key("key", key)?;
        let mut shard = self.shard(key);
        // inside, so that the times of those who ask together come in their order
        let (decision, next) = limit.decide(shard.arrival(key), self.clock.now(), cost)?;
        if decision.allowed && cost > 0 {
            shard.remember(key, next);
        }
        Ok(decision)
    }

    async fn give_back(&self, key: &str, limit: &RateLimit, cost: u32) -> Result<()> {
        bounded_key("key", key)?;
        let mut shard = self.shard(key);
        // one that is forgotten has its whole burst
        if let Some(arrival) = shard.arrival(key) {
            shard.remember(key, limit.given_back(Some(arrival), self.clock.now(), cost));
        }
        Ok(())
    }
}

impl std::fmt::Debug for InProcessLimiter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InProcessLimiter").field("keys", &self.keys()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jarvis_core::testkit::FixedClock;

    #[tokio::test]
    async fn however_many_come_the_keys_are_bounded_and_who_asks_again_and_again_is_not_forgotten() {
        let limiter = InProcessLimiter::new(Arc::new(FixedClock::default()));
        let limit = RateLimit::new(1, Duration::from_hours(20), 1).unwrap();
        let often = RateLimit::new(60_000_000, Duration::from_mins(1), 60_000_000).unwrap();
        for number in 0..4 * SHARDS * KEYS {
            assert!(limiter.take(&format!("passing {number}"), &limit, 1).await.unwrap().allowed);
            assert_eq!(
                limiter.take("persistent", &often, 1).await.unwrap().remaining as usize,
                60_000_000 - number - 1
            );
        }
        assert!(limiter.keys() <= 2 * SHARDS * KEYS, "{limiter:?}");
        assert!(
            limiter.take("passing 0", &limit, 1).await.unwrap().allowed,
            "who was not seen for longest is forgotten"
        );
    }
}
