//! A process that is alone with the cache asks Redis about nothing that it has, and stops at the right moment.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

use bytes::Bytes;
use jarvis_core::ports::{Cache, Keep};
use jarvis_providers::redis::RedisCache;
use jarvis_test_servers::{REDIS, Redis, given};
use redis::aio::MultiplexedConnection;

use super::{cache, fresh, raw, until};

const TAGGED: Keep<'static> = Keep { tags: &["user"], ttl: Duration::from_mins(10) };

/// How often values were asked about, by anybody.
async fn questions(raw: &mut MultiplexedConnection) -> u64 {
    let text: String = redis::cmd("INFO").arg("commandstats").query_async(raw).await.unwrap();
    let calls = text.lines().find_map(|line| line.strip_prefix("cmdstat_mget:calls=")?.split(',').next());
    calls.map_or(0, |calls| calls.parse().unwrap())
}

async fn value(cache: &RedisCache, now: &AtomicU64) -> u64 {
    let cache: &dyn Cache = cache;
    let load = async { Ok(Bytes::from(now.load(SeqCst).to_string())) };
    let value = cache.get_or_set("key", &TAGGED, load).await.unwrap();
    std::str::from_utf8(&value).unwrap().parse().unwrap()
}

/// How many of a hundred lookups were put to Redis.
async fn asked_of_a_hundred(cache: &RedisCache, raw: &mut MultiplexedConnection) -> u64 {
    let now = AtomicU64::new(1);
    let before = questions(raw).await;
    for _ in 0..100 {
        value(cache, &now).await;
    }
    questions(raw).await - before
}

#[tokio::test]
async fn who_is_alone_asks_nothing_and_who_is_not_asks_each_time() {
    if given(REDIS).is_none() {
        return;
    }
    let (server, prefix) = (Redis::start().unwrap(), fresh());
    let mut raw = raw(&server.url()).await;
    let one = cache(&server.url(), &prefix).await;
    until("it asks nothing", || {
        let (one, mut raw) = (&one, raw.clone());
        async move { asked_of_a_hundred(one, &mut raw).await < 20 }
    })
    .await;
    let other = cache(&server.url(), &prefix).await;
    // both have said that they are there by then
    other.invalidate_tag("user").await.unwrap();
    assert!(asked_of_a_hundred(&one, &mut raw).await >= 100);
    assert!(asked_of_a_hundred(&other, &mut raw).await >= 100);
    drop(other);
    until("it is alone again", || {
        let (one, mut raw) = (&one, raw.clone());
        async move { asked_of_a_hundred(one, &mut raw).await < 20 }
    })
    .await;
}

#[tokio::test]
async fn what_one_changes_oneself_is_not_served_any_more() {
    if given(REDIS).is_none() {
        return;
    }
    let (server, prefix) = (Redis::start().unwrap(), fresh());
    let one = cache(&server.url(), &prefix).await;
    let now = AtomicU64::new(0);
    for number in 0..500 {
        now.store(number, SeqCst);
        match number % 4 {
            0 => one.set("key", number.to_string().into(), &TAGGED).await.unwrap(),
            1 => drop(one.delete("key").await.unwrap()),
            2 => one.invalidate_tag("user").await.unwrap(),
            _ => drop(one.invalidate_pattern("k*").await.unwrap()),
        }
        for _ in 0..3 {
            assert_eq!(value(&one, &now).await, number);
        }
    }
}

/// Two processes of which each again and again takes the other for gone, as after a pause, and both change things.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_taken_for_gone_still_changes_nothing_behind_anybodys_back() {
    const CHANGES: u64 = 30;
    let Some(url) = given(REDIS) else { return };
    let prefix = fresh();
    let nodes = [Arc::new(cache(&url, &prefix).await), Arc::new(cache(&url, &prefix).await)];
    let (now, told) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let reading = (0..6).map(|reader: usize| {
        let (node, now, told) = (Arc::clone(&nodes[reader % 2]), Arc::clone(&now), Arc::clone(&told));
        tokio::spawn(async move {
            loop {
                let before = told.load(SeqCst);
                let value = value(&node, &now).await;
                assert!(value >= before, "{value} was read after {before} had been told");
                if before == CHANGES {
                    return;
                }
                tokio::task::yield_now().await;
            }
        })
    });
    let reading: Vec<_> = reading.collect();
    let forgetting = tokio::spawn(forget_who_is_there(url.clone(), format!("{prefix}:n:alone")));
    for number in 1..=CHANGES {
        now.store(number, SeqCst);
        nodes[number as usize % 2].invalidate_tag("user").await.unwrap();
        told.store(number, SeqCst);
        tokio::time::sleep(Duration::from_millis(number % 5 * 40)).await;
    }
    for reader in reading {
        reader.await.unwrap();
    }
    assert!(!forgetting.is_finished());
    forgetting.abort();
}

/// What silence does, without waiting for it, and now and then everything is evicted.
async fn forget_who_is_there(url: String, place: String) {
    let mut raw = raw(&url).await;
    for round in 0_u64.. {
        tokio::time::sleep(Duration::from_millis(15 + round % 3 * 10)).await;
        let fields: Vec<String> = redis::cmd("HKEYS").arg(&place).query_async(&mut raw).await.unwrap();
        let forgotten = fields.iter().filter(|field| round % 20 == 19 || !matches!(field.as_str(), "last" | "since"));
        for field in forgotten {
            let () = redis::cmd("HDEL").arg(&place).arg(field).query_async(&mut raw).await.unwrap();
        }
    }
}
