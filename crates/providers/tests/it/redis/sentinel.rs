//! A master that dies.

use jarvis_core::ports::Cache;
use jarvis_test_servers::{REDIS, Sentinels, given};

use super::{KEEP, cache, fresh, healthy, text, until};

#[tokio::test]
async fn the_replica_that_sentinel_chooses_is_found_and_serves_nothing_stale() {
    if given(REDIS).is_none() {
        return;
    }
    let (mut watched, prefix) = (Sentinels::start().unwrap(), fresh());
    let node = cache(&watched.url(), &prefix).await;
    node.set("key", "old".into(), &KEEP).await.unwrap();
    node.set("other", "old".into(), &KEEP).await.unwrap();
    let [master, replica] = watched.data() else { panic!("a master and its replica") };
    let copied = format!("{prefix}:c:other");
    until("the replica is in step", || async { replica.command(&["EXISTS", &copied]).unwrap() == "1" }).await;
    // what the master still hears and its replica does not
    replica.pause().unwrap();
    node.delete("key").await.unwrap();
    master.kill().unwrap();
    replica.resume().unwrap();
    assert_eq!(text(&node, "key").await, None);
    until("the replica serves", || async {
        node.set("new", "new".into(), &KEEP).await.unwrap();
        text(&node, "new").await.is_some()
    })
    .await;
    healthy(&node).await;
    assert!(watched.data()[1].command(&["ROLE"]).unwrap().starts_with("master"));
    assert_eq!(text(&node, "key").await, None);
    assert_eq!(text(&node, "other").await, None, "nobody knows what else was not replicated");
}
