//! A master that dies.

use jarvis_core::ports::Cache;

use super::{
    KEEP, cache, fresh, healthy,
    server::{Watched, is_installed},
    text, until,
};

#[tokio::test]
async fn the_replica_that_sentinel_chooses_is_found_and_serves_nothing_stale() {
    if !is_installed() {
        return;
    }
    let (mut watched, prefix) = (Watched::start(), fresh());
    let node = cache(&watched.url(), &prefix).await;
    node.set("key", "old".into(), &KEEP).await.unwrap();
    node.set("other", "old".into(), &KEEP).await.unwrap();
    watched.replica.until(&["exists", &format!("{prefix}:c:other")], "1");
    // what the master still hears and its replica does not
    watched.replica.signal("STOP");
    node.delete("key").await.unwrap();
    watched.master.kill();
    watched.replica.signal("CONT");
    assert_eq!(text(&node, "key").await, None);
    until("the replica serves", || async {
        node.set("new", "new".into(), &KEEP).await.unwrap();
        text(&node, "new").await.is_some()
    })
    .await;
    healthy(&node).await;
    assert_eq!(watched.replica.cli(&["role"]).lines().next(), Some("master"));
    assert_eq!(text(&node, "key").await, None);
    assert_eq!(text(&node, "other").await, None, "nobody knows what else was not replicated");
}
