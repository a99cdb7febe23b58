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

    async fn shared(&self, key: &str, limit: &RateLimit, cost: u32) -> Result<RateDecision> {
        let mut decide = script::LIMIT.on(&self.redis.name("l", key));
        decide.arg(limit.interval_micros()).arg(limit.burst()).arg(cost);
        let ahead: u64 = self.redis.ask(&decide).await?;
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
}
