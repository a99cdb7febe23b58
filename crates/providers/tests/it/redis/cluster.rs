//! A cluster that changes while it is used.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use jarvis_core::ports::{Cache, SystemIds};
use jarvis_providers::redis::RedisCache;
use jarvis_test_servers::{Cluster, REDIS, given};

use super::{KEEP, cache, fresh, healthy, patient, text, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_notices_that_slots_move() {
    if given(REDIS).is_none() {
        return;
    }
    let (cluster, prefix) = (Arc::new(Cluster::start().unwrap()), fresh());
    // knows one node only
    let redis = patient(&cluster.url(), &prefix, Duration::from_secs(2));
    let node = Arc::new(RedisCache::open(redis, Arc::new(SystemIds), 1 << 20).await);
    for number in 0..2_000 {
        node.set(&format!("old {number}"), "old".into(), &KEEP).await.unwrap();
    }
    let (stop, found) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let load: Vec<_> = (0..4)
        .map(|worker| tokio::spawn(under_load(Arc::clone(&node), worker, Arc::clone(&stop), Arc::clone(&found))))
        .collect();
    let resharding = tokio::task::spawn_blocking({
        let cluster = Arc::clone(&cluster);
        move || cluster.reshard(600).unwrap()
    });
    // some of these keys are between two servers
    node.invalidate_pattern("old *").await.unwrap();
    for number in 0..2_000 {
        assert_eq!(text(&*node, &format!("old {number}")).await, None, "{number}");
    }
    resharding.await.unwrap();
    // a busy machine may make the cache go without the cluster for a while: it must come back on its own, under load
    let before = found.load(Ordering::SeqCst);
    until("the load finds what it writes", || async { found.load(Ordering::SeqCst) > before + 100 }).await;
    stop.store(true, Ordering::SeqCst);
    for worker in load {
        worker.await.unwrap();
    }
    healthy(&node).await;
    assert_eq!(node.invalidate_pattern("old *").await.unwrap(), 0);
}

/// What was written last is found, or nothing: on a busy machine the cache may go without its server for a moment.
async fn under_load(node: Arc<RedisCache>, worker: u32, stop: Arc<AtomicBool>, found: Arc<AtomicU64>) {
    let mut number = 0;
    while !stop.load(Ordering::SeqCst) {
        let key = format!("load {worker} {}", number % 300);
        let value = number.to_string();
        node.set(&key, value.clone().into(), &KEEP).await.unwrap();
        match text(&*node, &key).await {
            Some(seen) => {
                assert_eq!(seen, value);
                found.fetch_add(1, Ordering::SeqCst);
            }
            // going without is answered at once: a loop that never waits would let nobody else run
            None => tokio::time::sleep(Duration::from_millis(1)).await,
        }
        number += 1;
    }
}

#[tokio::test]
async fn a_replica_takes_over() {
    if given(REDIS).is_none() {
        return;
    }
    let (mut cluster, prefix) = (Cluster::start().unwrap(), fresh());
    let node = cache(&cluster.url(), &prefix).await;
    let keys: Vec<String> = (0..50).map(|number| format!("key {number}")).collect();
    for key in &keys {
        node.set(key, "old".into(), &KEEP).await.unwrap();
    }
    // the one whose address we were given
    cluster.nodes()[0].kill().unwrap();
    for key in &keys {
        node.delete(key).await.unwrap();
    }
    until("every slot is served again", || async {
        for key in &keys {
            node.set(key, "new".into(), &KEEP).await.unwrap();
            if text(&node, key).await.as_deref() != Some("new") {
                return false;
            }
        }
        true
    })
    .await;
    healthy(&node).await;
}
