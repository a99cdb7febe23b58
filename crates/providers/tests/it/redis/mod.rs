//! Cache, limits and bus on real Redis servers: one, a cluster of six, a master with its replica behind Sentinel.
//!
//! The suites ask the servers that everybody's tests share; what breaks servers starts its own.

mod alone;
mod bus;
mod cluster;
mod faults;
mod nearby;
mod nodes;
mod sentinel;
mod suites;

use std::{sync::Arc, time::Duration};

use ::redis::{Client, aio::MultiplexedConnection};
use jarvis_core::{
    ports::{Cache, HealthStatus, Keep, SystemIds},
    testkit::CountingIds,
};
use jarvis_providers::redis::{Redis, RedisBus, RedisCache, RedisOptions};
use uuid::Uuid;

const KEEP: Keep<'static> = Keep::during(Duration::from_mins(10));

/// A prefix that nobody else has.
fn fresh() -> String {
    use jarvis_core::ports::Ids as _;
    let id: Uuid = SystemIds.next();
    format!("test:{id}")
}

fn redis(url: &str, prefix: &str) -> Arc<Redis> {
    // what is stopped is noticed by this
    patient(url, prefix, Duration::from_millis(700))
}

/// One that waits for so long.
fn patient(url: &str, prefix: &str, command_timeout: Duration) -> Arc<Redis> {
    let options = RedisOptions { command_timeout, ..RedisOptions::new(url, prefix) };
    Arc::new(Redis::new(&options).unwrap())
}

/// A connection that the cache knows nothing of.
async fn raw(url: &str) -> MultiplexedConnection {
    Client::open(url).unwrap().get_multiplexed_async_connection().await.unwrap()
}

async fn cache(url: &str, prefix: &str) -> RedisCache {
    RedisCache::open(redis(url, prefix), Arc::new(SystemIds), 1 << 20).await
}

fn bus(url: &str, prefix: &str) -> RedisBus {
    RedisBus::open(redis(url, prefix), &SystemIds)
}

/// Waits until something holds; it must within a minute.
async fn until<F: Future<Output = bool>>(what: &str, holds: impl Fn() -> F) {
    let mut tries = 0;
    while !holds().await {
        tries += 1;
        assert!(tries < 1_200, "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn healthy(cache: &RedisCache) {
    until("the cache uses Redis", || async { cache.check().await.status == HealthStatus::Healthy }).await;
}

async fn text(cache: &dyn Cache, key: &str) -> Option<String> {
    cache.get(key).await.unwrap().map(|value| String::from_utf8(value.to_vec()).unwrap())
}

#[tokio::test]
async fn without_a_server_everything_goes_on() {
    let ids = CountingIds::default();
    // nobody listens there
    let nowhere = redis("redis://127.0.0.1:1", "test");
    let cache = RedisCache::open(Arc::clone(&nowhere), Arc::new(ids), 1 << 20).await;
    cache.set("key", "value".into(), &KEEP).await.unwrap();
    assert_eq!(cache.get("key").await.unwrap(), None);
    let made = (&cache as &dyn Cache).get_or_set("key", &KEEP, async { Ok("made".into()) }).await.unwrap();
    assert_eq!(made, "made");
    assert_eq!(cache.increment("counter", 3, None).await.unwrap(), 3);
    let health = cache.check().await;
    assert_eq!(health.status, HealthStatus::Degraded);
    assert_eq!(health.error.unwrap(), "nothing is cached: Redis does not answer as it should; see whether it runs");
}
