//! Nodes that hear each other.

use std::time::Duration;

use futures_util::StreamExt as _;
use jarvis_core::{
    id::{MemoryId, UserId},
    ports::{Bus, BusStream, Heard},
    types::{BusMessage, LiveChange, LiveEvent},
};
use jarvis_test_servers::{Cluster, REDIS, Redis, given};
use tokio::time::timeout;
use uuid::Uuid;

use super::{bus, fresh};

fn message(number: u32) -> BusMessage {
    let memory_id = MemoryId::from(Uuid::from_u128(u128::from(number)));
    LiveEvent { user_id: UserId::from(Uuid::nil()), change: LiveChange::MemoryCreated { memory_id } }.into()
}

async fn next(stream: &mut BusStream) -> Heard {
    timeout(Duration::from_mins(1), stream.next()).await.unwrap().unwrap()
}

async fn in_order(one: &dyn Bus, other: &dyn Bus) {
    let (mut here, mut there) = (one.subscribe().await.unwrap(), other.subscribe().await.unwrap());
    for number in 0..900 {
        one.publish(message(number)).await.unwrap();
    }
    for number in 0..900 {
        assert_eq!(next(&mut here).await, Heard::Message(message(number)));
        assert_eq!(next(&mut there).await, Heard::Message(message(number)));
    }
}

#[tokio::test]
async fn nodes_hear_each_other_in_order() {
    if given(REDIS).is_none() {
        return;
    }
    let (server, prefix) = (Redis::start().unwrap(), fresh());
    let (one, other) = (bus(&server.url(), &prefix), bus(&server.url(), &prefix));
    in_order(&one, &other).await;
    in_order(&other, &one).await;
}

#[tokio::test]
async fn nodes_of_a_cluster_hear_each_other_in_order() {
    if given(REDIS).is_none() {
        return;
    }
    let (mut cluster, prefix) = (Cluster::start().unwrap(), fresh());
    // each by another node
    let urls: Vec<String> = cluster.nodes().iter().map(Redis::url).collect();
    let (one, other) = (bus(&urls[0], &prefix), bus(&urls[4], &prefix));
    in_order(&one, &other).await;
}

#[tokio::test]
async fn without_redis_a_node_hears_itself_and_is_told_what_it_missed() {
    if given(REDIS).is_none() {
        return;
    }
    let (mut server, prefix) = (Redis::start().unwrap(), fresh());
    let (one, other) = (bus(&server.url(), &prefix), bus(&server.url(), &prefix));
    let (mut here, mut there) = (one.subscribe().await.unwrap(), other.subscribe().await.unwrap());
    one.publish(message(1)).await.unwrap();
    assert_eq!(next(&mut here).await, Heard::Message(message(1)));
    assert_eq!(next(&mut there).await, Heard::Message(message(1)));
    server.kill().unwrap();
    one.publish(message(2)).await.unwrap();
    loop {
        match next(&mut here).await {
            Heard::Message(heard) => break assert_eq!(heard, message(2)),
            Heard::Missed(_) => {}
        }
    }
    server.start_again().unwrap();
    // what was said meanwhile is lost, and that is told before anything that is said now
    let mut missed = 0;
    for number in 3_u32.. {
        one.publish(message(number)).await.unwrap();
        match timeout(Duration::from_millis(200), there.next()).await {
            Ok(Some(Heard::Missed(count))) => missed += count,
            Ok(Some(Heard::Message(heard))) => {
                assert!(missed > 0, "{heard:?} came without a word about those before");
                break;
            }
            Ok(None) => panic!("the bus ended"),
            Err(_) => assert!(number < 300, "Redis is back, and nothing is heard"),
        }
    }
}
