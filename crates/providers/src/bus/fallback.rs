//! Two ways between the nodes: what the first does not carry goes over the second.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::{StreamExt as _, stream};
use jarvis_core::{
    Result,
    ports::{Bus, BusStream, Health, HealthStatus},
    types::BusMessage,
};

use crate::redis::RedisBus;

/// Redis as long as it carries, and another bus while it does not.
///
/// Each message goes over one of them, and every node hears both, so nothing comes twice and nodes that see Redis differently
/// hear each other. While it changes, a message may overtake one before it, and what was on its way through Redis is lost: those
/// who listen are told that they missed something.
#[derive(Debug)]
pub struct FallbackBus {
    redis: Arc<RedisBus>,
    other: Arc<dyn Bus>,
}

impl FallbackBus {
    /// Over `redis`, or else over `other`.
    pub fn new(redis: Arc<RedisBus>, other: Arc<dyn Bus>) -> Self {
        Self { redis, other }
    }
}

#[async_trait]
impl Bus for FallbackBus {
    async fn check(&self) -> Health {
        let (redis, other) = tokio::join!(self.redis.check(), self.other.check());
        if redis.status == HealthStatus::Healthy || other.status != HealthStatus::Healthy {
            return redis;
        }
        let took = redis.response_time.max(other.response_time);
        Health::degraded(took, "Redis is away; until it is back, other nodes are told through the database")
    }

    async fn publish(&self, message: BusMessage) -> Result<()> {
        if self.redis.carries() { self.redis.publish(message).await } else { self.other.publish(message).await }
    }

    async fn subscribe(&self) -> Result<BusStream> {
        let (redis, other) = tokio::try_join!(self.redis.subscribe(), self.other.subscribe())?;
        Ok(stream::select(redis, other).boxed())
    }
}
