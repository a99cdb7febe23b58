use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use jarvis_core::{
    Error, Result, Timestamp,
    policy::rate_limit::{LONGEST_WINDOW, RateDecision, RateLimit},
    ports::{Clock, Health, RateLimiter, cache::bounded_key},
};
use moka::{ops::compute::Op, policy::EvictionPolicy, sync};

/// Keys that are counted at once; some 200 bytes each.
const KEYS: u64 = 100_000;

/// The limits of a single node.
#[derive(Debug)]
pub struct InProcessLimiter {
    arrivals: sync::Cache<String, Timestamp>,
    clock: Arc<dyn Clock>,
}

impl InProcessLimiter {
    /// One that has seen nobody.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let arrivals = sync::Cache::builder()
            .max_capacity(KEYS)
            // a newcomer is counted even when there are many: those that were not seen for longest are forgotten
            .eviction_policy(EvictionPolicy::lru())
            .time_to_live(LONGEST_WINDOW)
            .build();
        Self { arrivals, clock }
    }
}

#[async_trait]
impl RateLimiter for InProcessLimiter {
    /// There is nothing outside that could fail.
    async fn check(&self) -> Health {
        Health::healthy(Duration::ZERO).with_figure("keys", self.arrivals.entry_count())
    }

    async fn take(&self, key: &str, limit: &RateLimit, cost: u32) -> Result<RateDecision> {
        bounded_key("key", key)?;
        let mut answer = None;
        let _ = self.arrivals.entry_by_ref(key).and_compute_with(|found| {
            let arrival = found.map(moka::Entry::into_value);
            // inside, so that the times of those who ask together come in their order
            let decided = limit.decide(arrival, self.clock.now(), cost);
            let op = match &decided {
                Ok((decision, next)) if decision.allowed && cost > 0 => Op::Put(*next),
                _ => Op::Nop,
            };
            answer = Some(decided.map(|(decision, _)| decision));
            op
        });
        answer.unwrap_or_else(|| Err(Error::internal("a limit was not decided")))
    }
}
