use futures_util::{FutureExt, StreamExt};
use jarvis_core::{
    id::{ConversationId, UserId},
    ports::{Bus, BusStream, HealthStatus, Heard, SystemIds},
    testkit::{bus_suite, leader_suite},
    types::{BusMessage, LiveChange, LiveEvent},
};
use jarvis_postgres::{PostgresBus, PostgresLeader};
use std::{sync::Arc, time::Duration};
use tokio::{runtime::Handle, task::block_in_place, time::sleep};

use crate::support::Place;

fn message() -> BusMessage {
    let change = LiveChange::ConversationUpdated { conversation_id: ConversationId::new(&SystemIds) };
    BusMessage::Live(LiveEvent { user_id: UserId::new(&SystemIds), change })
}

/// What is heard next; gives up after some time.
async fn next(stream: &mut BusStream) -> Option<Heard> {
    for _ in 0..2_000 {
        if let Some(heard) = stream.next().now_or_never() {
            return heard;
        }
        sleep(Duration::from_millis(5)).await;
    }
    None
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bus_keeps_the_contract_of_its_port() {
    let Some(place) = Place::empty().await else { return };
    let url = place.url();
    let start = || -> Arc<dyn Bus> {
        block_in_place(|| Handle::current().block_on(async { PostgresBus::open(&url).await.unwrap() as Arc<dyn Bus> }))
    };
    bus_suite(start, sleep).await.unwrap();
}

#[tokio::test]
async fn nodes_hear_each_other_and_notice_what_they_missed() {
    let Some(place) = Place::empty().await else { return };
    let (one, other) = (PostgresBus::open(&place.url()).await.unwrap(), PostgresBus::open(&place.url()).await.unwrap());
    let mut heard = other.subscribe().await.unwrap();
    let sent: Vec<BusMessage> = (0..50).map(|_| message()).collect();
    for message in &sent {
        one.publish(message.clone()).await.unwrap();
    }
    for message in sent {
        assert_eq!(next(&mut heard).await, Some(Heard::Message(message)));
    }
    // the connections of both are lost
    place
        .run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
        .await;
    assert!(matches!(next(&mut heard).await, Some(Heard::Missed(_))), "somebody may have told something meanwhile");
    let again = message();
    one.publish(again.clone()).await.unwrap();
    assert_eq!(next(&mut heard).await, Some(Heard::Message(again)));
    assert_eq!(other.check().await.status, HealthStatus::Healthy);
}

#[tokio::test]
async fn of_the_nodes_of_a_database_one_leads() {
    let Some(place) = Place::empty().await else { return };
    let url = place.url();
    let start = || async {
        let node = || Arc::new(PostgresLeader::new(&url).unwrap()) as Arc<dyn jarvis_core::ports::Leader>;
        [node(), node()]
    };
    leader_suite(start, sleep).await.unwrap();
}

#[tokio::test]
async fn a_leader_whose_connection_is_lost_knows_it() {
    let Some(place) = Place::empty().await else { return };
    let leader = PostgresLeader::new(&place.url()).unwrap();
    let leading = jarvis_core::ports::Leader::lead(&leader).await.unwrap();
    place
        .run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
        .await;
    leading.await;
    let again = jarvis_core::ports::Leader::lead(&leader).await.unwrap();
    drop(again);
}
