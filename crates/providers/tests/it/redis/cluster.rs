//! A cluster that changes while it is used.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use jarvis_core::ports::Cache;
use jarvis_providers::redis::RedisCache;

use super::{
    KEEP, cache, fresh, healthy,
    server::{Cluster, is_installed},
    text, until,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_notices_that_slots_move() {
    if !is_installed() {
        return;
    }
    let (cluster, prefix) = (Arc::new(Cluster::start()), fresh());
    // knows one node only
    let node = Arc::new(cache(&cluster.0[0].url(), &prefix).await);
    for number in 0..2_000 {
        node.set(&format!("old {number}"), "old".into(), &KEEP).await.unwrap();
    }
    let (stop, counted) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let load: Vec<_> = (0..4)
        .map(|worker| tokio::spawn(under_load(Arc::clone(&node), worker, Arc::clone(&stop), Arc::clone(&counted))))
        .collect();
    let resharding = tokio::task::spawn_blocking({
        let cluster = Arc::clone(&cluster);
        move || reshard(&cluster)
    });
    // some of these keys are between two servers
    let removed = node.invalidate_pattern("old *").await.unwrap();
    for number in 0..2_000 {
        assert_eq!(text(&*node, &format!("old {number}")).await, None, "{number}");
    }
    resharding.await.unwrap();
    stop.store(true, Ordering::SeqCst);
    for worker in load {
        worker.await.unwrap();
    }
    assert!(removed >= 1_900, "{removed}");
    let total = node.increment("counter", 0, None).await.unwrap();
    assert_eq!(total as u64, counted.load(Ordering::SeqCst));
    assert_eq!(node.invalidate_pattern("old *").await.unwrap(), 0);
}

/// Moves a third of the slots of the first master to the second.
fn reshard(cluster: &Cluster) {
    let masters = cluster.masters();
    let id = |index: usize| cluster.0[masters[index]].cli(&["cluster", "myid"]).trim().to_owned();
    let at = format!("127.0.0.1:{}", cluster.0[0].port);
    let (from, to) = (id(0), id(1));
    let mut command = vec!["--cluster", "reshard", &at, "--cluster-from", &from, "--cluster-to", &to];
    command.extend(["--cluster-slots", "1500", "--cluster-yes"]);
    cluster.0[0].cli(&command);
}

async fn under_load(node: Arc<RedisCache>, worker: u32, stop: Arc<AtomicBool>, counted: Arc<AtomicU64>) {
    let mut number = 0;
    while !stop.load(Ordering::SeqCst) {
        let key = format!("load {worker} {}", number % 300);
        let value = number.to_string();
        node.set(&key, value.clone().into(), &KEEP).await.unwrap();
        assert_eq!(text(&*node, &key).await, Some(value));
        node.increment("counter", 1, None).await.unwrap();
        counted.fetch_add(1, Ordering::SeqCst);
        number += 1;
    }
}

#[tokio::test]
async fn a_replica_takes_over() {
    if !is_installed() {
        return;
    }
    let (mut cluster, prefix) = (Cluster::start(), fresh());
    let node = cache(&cluster.0[0].url(), &prefix).await;
    let keys: Vec<String> = (0..50).map(|number| format!("key {number}")).collect();
    for key in &keys {
        node.set(key, "old".into(), &KEEP).await.unwrap();
    }
    // the one whose address we were given
    let first = cluster.masters()[0];
    cluster.0[first].kill();
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
