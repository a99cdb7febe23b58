//! Reading from copies: never older than what the reader has written, whatever becomes of the copy and of the primary.

use jarvis_core::{Scope, ports::Store};
use jarvis_postgres::PostgresOptions;
use jarvis_test_servers::Postgres;
use std::{sync::Arc, time::Duration};
use tokio::{task::spawn_blocking, time::sleep};

use crate::support::{Place, append, contents, message, own_server, someone, try_open};

/// How often conversations were read on a server.
fn reads(server: &Postgres, database: &str) -> u64 {
    let mut session = jarvis_test_servers::Session::open(&server.url_of(database)).unwrap();
    session.query("SELECT pg_stat_force_next_flush()").unwrap();
    let sql =
        "SELECT coalesce(idx_scan, 0) + coalesce(seq_scan, 0) FROM pg_stat_user_tables WHERE relname = 'conversations'";
    session.value(sql).unwrap().parse().unwrap()
}

fn pause_replay(server: &Postgres, paused: bool) {
    let sql = if paused { "SELECT pg_wal_replay_pause()" } else { "SELECT pg_wal_replay_resume()" };
    server.session().unwrap().query(sql).unwrap();
}

async fn standby(server: Postgres) -> (Postgres, Postgres) {
    spawn_blocking(move || {
        let copy = server.standby().unwrap();
        (server, copy)
    })
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_answers_those_whose_writes_it_has() {
    let Some(server) = own_server().await else { return };
    let place = Place::on(&server).await;
    let (server, copy) = standby(server).await;
    let name = place.url().rsplit_once('/').unwrap().1.to_owned();
    let options = PostgresOptions { replicas: vec![copy.url_of(&name)], ..place.options() };
    let store = try_open(options).await.unwrap();
    let (ada, conversation) = someone(&*store).await;
    let (bob, _) = someone(&*store).await;

    // it lags: who wrote reads on from the primary, and at once what they wrote
    pause_replay(&copy, true);
    for number in 1..=20 {
        append(&*store, ada, message(conversation, &number.to_string())).await.unwrap();
        assert_eq!(contents(&*store, ada, conversation).await.unwrap().len(), number);
    }
    // it catches up: then it answers
    pause_replay(&copy, false);
    let before = reads(&copy, &name);
    while reads(&copy, &name) < before + 10 {
        assert_eq!(contents(&*store, ada, conversation).await.unwrap().len(), 20);
        assert!(store.conversations().get(&bob, conversation).await.unwrap().is_none());
        sleep(Duration::from_millis(2)).await;
    }
    // the product's own reads are of everybody's writes
    let before = reads(&server, &name);
    store.conversations().get(&Scope::system(), conversation).await.unwrap();
    sleep(Duration::from_millis(50)).await;
    assert!(reads(&server, &name) > before);
    // it goes away: the primary answers
    let copy = spawn_blocking(move || {
        let mut copy = copy;
        copy.kill().unwrap();
        copy
    })
    .await
    .unwrap();
    for _ in 0..20 {
        assert_eq!(contents(&*store, ada, conversation).await.unwrap().len(), 20);
    }
    drop(copy);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_is_promoted_takes_the_writes() {
    let Some(server) = own_server().await else { return };
    let place = Place::on(&server).await;
    let (server, copy) = standby(server).await;
    let name = place.url().rsplit_once('/').unwrap().1.to_owned();
    let options = PostgresOptions {
        replicas: vec![copy.url_of(&name)],
        acquire_timeout: Duration::from_millis(300),
        ..place.options()
    };
    let store: Arc<dyn Store> = try_open(options).await.unwrap();
    let (server, copy) = spawn_blocking(move || {
        server.wait_for_standbys().unwrap();
        (server, copy)
    })
    .await
    .unwrap();
    let (ada, conversation) = someone(&*store).await;
    append(&*store, ada, message(conversation, "before")).await.unwrap();
    let copy = spawn_blocking(move || {
        let mut server = server;
        server.kill().unwrap();
        copy.promote().unwrap();
        copy
    })
    .await
    .unwrap();
    loop {
        match append(&*store, ada, message(conversation, "after")).await {
            Ok(_) => break,
            Err(error) => assert!(error.retry_after().is_some(), "{error:?}"),
        }
    }
    let found = contents(&*store, ada, conversation).await.unwrap();
    assert!(found.first().is_some_and(|first| first == "before") && found.last().is_some_and(|last| last == "after"));
    drop(copy);
}
