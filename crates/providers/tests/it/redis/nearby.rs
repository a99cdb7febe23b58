//! Values that stay in the process that read them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use jarvis_core::ports::{Cache, Keep, Lookup};
use jarvis_providers::redis::RedisCache;
use jarvis_test_servers::{REDIS, REDIS_CLUSTER, Redis, given};

use super::{KEEP, cache, fresh, raw};

const TAGGED: Keep<'static> = Keep { tags: &["user"], ttl: Duration::from_mins(10) };

/// What is found by who would make it otherwise.
async fn found(cache: &RedisCache, key: &str) -> Option<Bytes> {
    match cache.lease(key, &TAGGED, Duration::from_millis(50)).await.unwrap() {
        Lookup::Found(value) => Some(value),
        Lookup::Load(_) => None,
    }
}

#[tokio::test]
async fn a_value_is_not_sent_again_while_it_serves() {
    if given(REDIS).is_none() {
        return;
    }
    let (server, prefix) = (Redis::start().unwrap(), fresh());
    let (one, other) = (cache(&server.url(), &prefix).await, cache(&server.url(), &prefix).await);
    let mut raw = raw(&server.url()).await;
    let change: [(&str, &dyn Fn() -> _); 4] = [
        ("set", &|| Box::pin(async { one.set("key", "new".into(), &TAGGED).await.unwrap() }) as Ended<'_>),
        ("delete", &|| Box::pin(async { assert!(one.delete("key").await.unwrap()) })),
        ("tag", &|| Box::pin(async { one.invalidate_tag("user").await.unwrap() })),
        ("pattern", &|| Box::pin(async { assert_eq!(one.invalidate_pattern("k*").await.unwrap(), 1) })),
    ];
    for (name, change) in change {
        one.set("key", "old".into(), &TAGGED).await.unwrap();
        assert_eq!(found(&other, "key").await.unwrap(), "old", "{name}");
        // behind everybody's back: who reads it anew gets this
        let text: Vec<u8> = redis::cmd("GET").arg(format!("{prefix}:c:key")).query_async(&mut raw).await.unwrap();
        let forged = [&text[..text.len() - 3], b"odd"].concat();
        let () = redis::cmd("SET").arg(format!("{prefix}:c:key")).arg(forged).query_async(&mut raw).await.unwrap();
        assert_eq!(found(&other, "key").await.unwrap(), "old", "{name}: it was sent again");
        change().await;
        let expected = (name == "set").then_some("new");
        assert_eq!(found(&other, "key").await.as_deref(), expected.map(str::as_bytes), "{name}");
        other.delete("key").await.unwrap();
    }
}

type Ended<'a> = std::pin::Pin<Box<dyn Future<Output = ()> + 'a>>;

#[tokio::test]
async fn a_value_stays_nearby_no_longer_than_on_the_server() {
    if given(REDIS).is_none() {
        return;
    }
    let (server, prefix) = (Redis::start().unwrap(), fresh());
    let (one, other) = (cache(&server.url(), &prefix).await, cache(&server.url(), &prefix).await);
    one.set("key", "value".into(), &Keep { ttl: Duration::from_millis(300), ..TAGGED }).await.unwrap();
    assert_eq!(found(&other, "key").await.unwrap(), "value");
    tokio::time::sleep(Duration::from_millis(310)).await;
    assert_eq!(found(&other, "key").await, None);
}

/// Two nodes write what all read, through whichever node, as fast as they can.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_reads_what_was_changed_before_they_asked() {
    for variable in [REDIS, REDIS_CLUSTER] {
        let Some(url) = given(variable) else { continue };
        let prefix = fresh();
        let nodes = [Arc::new(cache(&url, &prefix).await), Arc::new(cache(&url, &prefix).await)];
        let (truth, told) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let writing = {
            let (nodes, truth, told) = (nodes.clone(), Arc::clone(&truth), Arc::clone(&told));
            tokio::spawn(async move {
                for number in 1..=300_u64 {
                    truth.store(number, Ordering::SeqCst);
                    nodes[number as usize % 2].invalidate_tag("user").await.unwrap();
                    told.store(number, Ordering::SeqCst);
                    tokio::time::sleep(Duration::from_micros(number % 7 * 300)).await;
                }
            })
        };
        let reading = (0..8).map(|reader: usize| {
            let (node, truth, told) = (Arc::clone(&nodes[reader % 2]), Arc::clone(&truth), Arc::clone(&told));
            tokio::spawn(async move {
                let node: &dyn Cache = &*node;
                let mut same = 0;
                loop {
                    let before = told.load(Ordering::SeqCst);
                    let load = async { Ok(Bytes::from(truth.load(Ordering::SeqCst).to_string())) };
                    let value = node.get_or_set("key", &Keep { tags: &["user"], ..KEEP }, load).await.unwrap();
                    let value: u64 = std::str::from_utf8(&value).unwrap().parse().unwrap();
                    assert!(value >= before, "{value} was read after {before} had been told");
                    same += 1;
                    if before == 300 {
                        return same;
                    }
                }
            })
        });
        let reading: Vec<_> = reading.collect();
        writing.await.unwrap();
        for reader in reading {
            assert!(reader.await.unwrap() > 0);
        }
    }
}
