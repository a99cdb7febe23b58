use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use jarvis_core::{
    Result, Timestamp,
    circuit::Circuit,
    policy::{
        breaker::{BreakerLimits, Verdict},
        rate_limit::{RateDecision, RateLimit},
    },
    ports::{Clock, Health, RateLimiter, cache::bounded_key},
};
use redis::cmd;
use tokio::time::Instant;

use super::{Redis, failure, script};
use crate::limits::InProcessLimiter;

/// One failure is enough: everybody who asks next would wait as long.
const LIMITS: BreakerLimits = BreakerLimits { failures: 1, rest: Duration::from_secs(1) };

/// Limits that all nodes share. While Redis is away each node counts for itself.
#[derive(Debug)]
pub struct RedisLimiter {
    redis: Arc<Redis>,
    alone: InProcessLimiter,
    circuit: Arc<Circuit>,
}

impl RedisLimiter {
    /// One over `redis`.
    pub fn new(redis: Arc<Redis>, clock: Arc<dyn Clock>) -> Self {
        Self { redis, alone: InProcessLimiter::new(clock), circuit: Circuit::new(LIMITS) }
    }

    /// By how many microseconds the arrival is ahead, before `cost` is added; what is below 0 is given back.
    async fn count(&self, key: &str, limit: &RateLimit, cost: i64) -> Result<u64> {
        let mut decide = script::LIMIT.on(&self.redis.name("l", key));
        decide.arg(limit.interval_micros()).arg(limit.burst()).arg(cost);
        self.redis.ask(&decide).await
    }

    async fn shared(&self, key: &str, limit: &RateLimit, cost: u32) -> Result<RateDecision> {
        let ahead = self.count(key, limit, cost.into()).await?;
        // the server has decided by the same rule; only how far ahead it is counts, whatever its clock says
        let now = Timestamp::from_micros(0);
        limit.decide(Some(now.plus(Duration::from_micros(ahead))), now, cost).map(|(decision, _)| decision)
    }
}

#[async_trait]
impl RateLimiter for RedisLimiter {
    async fn check(&self) -> Health {
        let asked = Instant::now();
        match self.redis.ask::<String>(cmd("PING").arg("here")).await {
            Ok(_) => Health::healthy(asked.elapsed()),
            Err(error) => Health::degraded(asked.elapsed(), format!("each node limits for itself: {error}")),
        }
    }

    async fn take(&self, key: &str, limit: &RateLimit, cost: u32) -> Result<RateDecision> {
        bounded_key("key", key)?;
        // refuses what could never be allowed
        limit.decide(None, Timestamp::from_micros(0), cost)?;
        let Ok(mut pass) = self.circuit.admit(Instant::now().into_std()) else {
            return self.alone.take(key, limit, cost).await;
        };
        match self.shared(key, limit, cost).await {
            Ok(decision) => {
                pass.sound(Instant::now().into_std());
                Ok(decision)
            }
            Err(error) => {
                tracing::debug!(?error, "limits are counted without Redis");
                let verdict = if failure::is_outage(&error) { Verdict::Fault } else { Verdict::Sound };
                pass.failed(Instant::now().into_std(), verdict, &error);
                self.alone.take(key, limit, cost).await
            }
        }
    }
    /// Where Redis is away, it was taken from what this node counts. What the circuit thinks of Redis is left to those who take.
    async fn give_back(&self, key: &str, limit: &RateLimit, cost: u32) -> Result<()> {
        bounded_key("key", key)?;
        self.alone.give_back(key, limit, cost).await?;
        if let Err(error) = self.count(key, limit, -i64::from(cost)).await {
            tracing::debug!(?error, "nothing was given back without Redis");
        }
        Ok(())
    }
}
