//! Every port's suite on every kind of server.

use std::sync::Arc;

use jarvis_core::{
    ports::{Bus, SystemClock},
    testkit::{bus_suite, cache_suite, rate_limiter_suite},
};
use jarvis_providers::{
    bus::{FallbackBus, InProcessBus},
    redis::RedisLimiter,
};
use jarvis_test_servers::{REDIS, REDIS_CLUSTER, REDIS_SENTINEL, given};
use tokio::time::sleep;

use super::{bus, cache, fresh, redis};

async fn every_suite(variable: &str) {
    let Some(url) = given(variable) else { return };
    cache_suite(&cache(&url, &fresh()).await, sleep).await.unwrap();
    rate_limiter_suite(&RedisLimiter::new(redis(&url, &fresh()), Arc::new(SystemClock)), sleep).await.unwrap();
    let prefix = fresh();
    bus_suite(|| Arc::new(bus(&url, &prefix)) as Arc<dyn Bus>, sleep).await.unwrap();
    let prefix = fresh();
    let with_another = || FallbackBus::new(Arc::new(bus(&url, &prefix)), InProcessBus::new());
    bus_suite(|| Arc::new(with_another()) as Arc<dyn Bus>, sleep).await.unwrap();
}

#[tokio::test]
async fn one_redis_keeps_the_contracts_of_its_ports() {
    every_suite(REDIS).await;
}

#[tokio::test]
async fn a_redis_cluster_keeps_the_contracts_of_its_ports() {
    every_suite(REDIS_CLUSTER).await;
}

#[tokio::test]
async fn redis_behind_sentinel_keeps_the_contracts_of_its_ports() {
    every_suite(REDIS_SENTINEL).await;
}
