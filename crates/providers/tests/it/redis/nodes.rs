//! Several nodes on one server.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures_util::future::join_all;
use jarvis_core::{
    policy::rate_limit::RateLimit,
    ports::{Cache, Keep, Lookup, RateLimiter, SystemClock},
};
use jarvis_providers::redis::RedisLimiter;
use jarvis_test_servers::{REDIS, Redis, given};
use tokio::time::sleep;

use super::{KEEP, cache, fresh, redis, text};

#[tokio::test]
async fn what_one_node_changes_another_sees() {
    if given(REDIS).is_none() {
        return;
    }
    let (server, prefix) = (Redis::start().unwrap(), fresh());
    let (one, other) = (cache(&server.url(), &prefix).await, cache(&server.url(), &prefix).await);
    let tagged = Keep { tags: &["user"], ..KEEP };
    for (key, keep) in [("a", &KEEP), ("b", &tagged), ("c", &KEEP), ("d", &KEEP)] {
        one.set(key, "old".into(), keep).await.unwrap();
        assert_eq!(text(&other, key).await.as_deref(), Some("old"));
    }
    one.delete("a").await.unwrap();
    one.invalidate_tag("user").await.unwrap();
    one.invalidate_pattern("c*").await.unwrap();
    one.set("d", "new".into(), &KEEP).await.unwrap();
    for (key, expected) in [("a", None), ("b", None), ("c", None), ("d", Some("new"))] {
        assert_eq!(text(&other, key).await.as_deref(), expected, "{key}");
    }
    let stranger = cache(&server.url(), &fresh()).await;
    assert_eq!(stranger.invalidate_pattern("*").await.unwrap(), 0);
    assert_eq!(text(&stranger, "d").await, None);
    assert_eq!(text(&one, "d").await.as_deref(), Some("new"));
}

#[tokio::test]
async fn of_many_nodes_one_makes_the_value() {
    if given(REDIS).is_none() {
        return;
    }
    let (server, prefix) = (Redis::start().unwrap(), fresh());
    let url = server.url();
    let nodes = join_all((0..4).map(|_| cache(&url, &prefix))).await;
    let made = Arc::new(AtomicU32::new(0));
    let asked = nodes.iter().flat_map(|node| (0..10).map(move |_| node)).map(|node| {
        let made = Arc::clone(&made);
        async move {
            let load = async move {
                sleep(Duration::from_millis(50)).await;
                Ok(Bytes::from(made.fetch_add(1, Ordering::SeqCst).to_string()))
            };
            (node as &dyn Cache).get_or_set("key", &KEEP, load).await.unwrap()
        }
    });
    let answers = join_all(asked).await;
    assert!(answers.iter().all(|answer| answer == "0"), "{answers:?}");
    assert_eq!(made.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_invalidation_reaches_who_is_loading_on_another_node() {
    if given(REDIS).is_none() {
        return;
    }
    let (server, prefix) = (Redis::start().unwrap(), fresh());
    let (one, other) = (cache(&server.url(), &prefix).await, cache(&server.url(), &prefix).await);
    let tagged = Keep { tags: &["user"], ..KEEP };
    for number in 0..3 {
        let key = format!("key {number}");
        let Lookup::Load(lease) = one.lease(&key, &tagged, Duration::from_secs(1)).await.unwrap() else { panic!() };
        match number {
            0 => drop(other.delete(&key).await.unwrap()),
            1 => other.invalidate_tag("user").await.unwrap(),
            _ => drop(other.invalidate_pattern("*").await.unwrap()),
        }
        one.fill(lease, "stale".into(), KEEP.ttl).await.unwrap();
        assert_eq!((text(&one, &key).await, text(&other, &key).await), (None, None), "{key}");
    }
}

#[tokio::test]
async fn a_limit_holds_for_all_nodes_together() {
    if given(REDIS).is_none() {
        return;
    }
    let (server, prefix) = (Redis::start().unwrap(), fresh());
    let limiter = || RedisLimiter::new(redis(&server.url(), &prefix), Arc::new(SystemClock));
    let (one, other) = (limiter(), limiter());
    let limit = RateLimit::new(1, Duration::from_hours(1), 10).unwrap();
    let asked = (0..40).map(|number| if number % 2 == 0 { &one } else { &other }.take("key", &limit, 1));
    let allowed = join_all(asked).await.into_iter().filter(|decision| decision.as_ref().unwrap().allowed).count();
    assert_eq!(allowed, 10);
}
