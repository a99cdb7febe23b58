//! Every port's suite on every kind of server.

use std::{env, sync::Arc};

use jarvis_core::{
    ports::{Bus, SystemClock},
    testkit::{bus_suite, cache_suite, rate_limiter_suite},
};
use jarvis_providers::redis::RedisLimiter;
use tokio::time::sleep;

use super::{
    bus, cache, fresh, redis,
    server::{Cluster, Server, Watched, is_installed},
};

async fn every_suite(url: &str) {
    cache_suite(&cache(url, &fresh()).await, sleep).await.unwrap();
    rate_limiter_suite(&RedisLimiter::new(redis(url, &fresh()), Arc::new(SystemClock)), sleep).await.unwrap();
    let prefix = fresh();
    bus_suite(|| Arc::new(bus(url, &prefix)) as Arc<dyn Bus>, sleep).await.unwrap();
}

#[tokio::test]
async fn one_redis_keeps_the_contracts_of_its_ports() {
    if let Ok(url) = env::var("JARVIS_TEST_REDIS") {
        every_suite(&url).await;
    } else if is_installed() {
        every_suite(&Server::start(&[]).url()).await;
    }
}

#[tokio::test]
async fn a_redis_cluster_keeps_the_contracts_of_its_ports() {
    if let Ok(url) = env::var("JARVIS_TEST_REDIS_CLUSTER") {
        every_suite(&url).await;
    } else if is_installed() {
        let cluster = Cluster::start();
        every_suite(&cluster.url()).await;
        // the address of one node is enough
        cache_suite(&cache(&cluster.0[5].url(), &fresh()).await, sleep).await.unwrap();
    }
}

#[tokio::test]
async fn redis_behind_sentinel_keeps_the_contracts_of_its_ports() {
    if let Ok(url) = env::var("JARVIS_TEST_REDIS_SENTINEL") {
        every_suite(&url).await;
    } else if is_installed() {
        every_suite(&Watched::start().url()).await;
    }
}
