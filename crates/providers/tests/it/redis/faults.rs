//! One server that is stopped, killed and started again.

use std::{sync::Arc, time::Duration};

use jarvis_core::{
    policy::rate_limit::RateLimit,
    ports::{Cache, HealthStatus, Keep, RateLimiter, SystemClock},
};
use jarvis_providers::redis::RedisLimiter;

use super::{KEEP, cache, fresh, healthy, redis, text, until};
use jarvis_test_servers::{REDIS, Redis, given};

const TAGGED: Keep<'static> = Keep { ttl: KEEP.ttl, tags: &["user"] };

#[tokio::test]
async fn what_could_not_be_invalidated_is_not_served_when_redis_answers_again() {
    if given(REDIS).is_none() {
        return;
    }
    let server = Redis::start().unwrap();
    let (prefix, keys) = (fresh(), ["a", "b", "c", "d", "e"]);
    let cache = cache(&server.url(), &prefix).await;
    for key in keys {
        cache.set(key, "old".into(), if key == "b" { &TAGGED } else { &KEEP }).await.unwrap();
    }
    server.pause().unwrap();
    // nobody gets an error, and nobody but the first one waits
    cache.delete("a").await.unwrap();
    cache.invalidate_tag("user").await.unwrap();
    cache.invalidate_pattern("c*").await.unwrap();
    cache.set("d", "new".into(), &KEEP).await.unwrap();
    for key in keys {
        assert_eq!(text(&cache, key).await, None, "{key}");
    }
    assert_eq!(cache.check().await.status, HealthStatus::Degraded);
    server.resume().unwrap();
    healthy(&cache).await;
    for (key, expected) in keys.iter().zip([None, None, None, None, Some("old")]) {
        assert_eq!(text(&cache, key).await.as_deref(), expected, "{key}");
    }
}

#[tokio::test]
async fn what_an_older_dump_brings_back_is_not_served() {
    if given(REDIS).is_none() {
        return;
    }
    let mut server = Redis::start().unwrap();
    let prefix = fresh();
    let node = cache(&server.url(), &prefix).await;
    node.set("key", "old".into(), &KEEP).await.unwrap();
    node.set("changed", "old".into(), &KEEP).await.unwrap();
    node.increment("counter", 1, None).await.unwrap();
    server.command(&["SAVE"]).unwrap();
    node.delete("key").await.unwrap();
    node.set("changed", "new".into(), &KEEP).await.unwrap();
    server.kill().unwrap();
    assert_eq!(text(&node, "changed").await, None);
    node.set("meanwhile", "x".into(), &KEEP).await.unwrap();
    server.start_again().unwrap();
    assert_eq!(server.command(&["EXISTS", &format!("{prefix}:c:key")]).unwrap().trim(), "1", "the dump brings it back");
    healthy(&node).await;
    // a node that is started now has not seen any of it
    let other = cache(&server.url(), &prefix).await;
    for key in ["key", "changed", "meanwhile"] {
        assert_eq!((text(&node, key).await, text(&other, key).await), (None, None), "{key}");
    }
    node.set("key", "again".into(), &KEEP).await.unwrap();
    assert_eq!(text(&other, "key").await.as_deref(), Some("again"));
}

#[tokio::test]
async fn a_node_that_asked_nothing_meanwhile_notices_too() {
    if given(REDIS).is_none() {
        return;
    }
    let mut server = Redis::start().unwrap();
    let node = cache(&server.url(), &fresh()).await;
    node.set("key", "old".into(), &KEEP).await.unwrap();
    server.command(&["SAVE"]).unwrap();
    node.delete("key").await.unwrap();
    server.kill().unwrap();
    server.start_again().unwrap();
    // its connection broke, so it cannot be asked before it was looked at
    assert_eq!(text(&node, "key").await, None);
    healthy(&node).await;
    assert_eq!(text(&node, "key").await, None);
}

#[tokio::test]
async fn limits_are_counted_without_redis_and_with_it_again() {
    if given(REDIS).is_none() {
        return;
    }
    let mut server = Redis::start().unwrap();
    let limiter = RedisLimiter::new(redis(&server.url(), &fresh()), Arc::new(SystemClock));
    let limit = RateLimit::new(1, Duration::from_hours(1), 2).unwrap();
    assert_eq!(limiter.take("key", &limit, 2).await.unwrap().remaining, 0);
    server.kill().unwrap();
    assert_eq!(limiter.take("key", &limit, 1).await.unwrap().remaining, 1, "each node counts for itself");
    assert_eq!(limiter.take("key", &limit, 1).await.unwrap().remaining, 0);
    assert!(!limiter.take("key", &limit, 1).await.unwrap().allowed);
    assert_eq!(limiter.check().await.status, HealthStatus::Degraded);
    server.start_again().unwrap();
    until("Redis counts again", || async { limiter.take("key", &limit, 0).await.unwrap().remaining == 2 }).await;
    assert_eq!(limiter.check().await.status, HealthStatus::Healthy);
}
