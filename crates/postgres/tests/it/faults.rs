//! What goes wrong between the store and its server, and what its callers are told.

use jarvis_core::{
    Error, ErrorKind, Result, Scope,
    id::ConversationId,
    ports::{HealthStatus, Store},
};
use jarvis_postgres::PostgresOptions;
use sqlx::{Executor, PgConnection};
use std::{fmt::Debug, future::pending, sync::Arc, time::Duration};
use tokio::time::sleep;

use crate::support::{Place, append, contents, message, own_server, someone, try_open};

const SHORT: Duration = Duration::from_millis(200);

#[track_caller]
fn temporary<T: Debug>(outcome: Result<T>, kind: ErrorKind) -> Error {
    let error = outcome.unwrap_err();
    assert!(error.kind() == kind && error.retry_after().is_some(), "{error:?}");
    error
}

/// Transactions that are open and wait for their program.
async fn idle_in_transaction(watch: &mut PgConnection) -> i64 {
    let count = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND state LIKE 'idle in transaction%' AND pid <> pg_backend_pid()";
    sqlx::query_scalar(count).fetch_one(watch).await.unwrap()
}

#[tokio::test]
async fn what_takes_too_long_ends_and_says_so() {
    let Some(server) = own_server().await else { return };
    let place = Place::on(&server).await;
    let options = PostgresOptions {
        max_connections: 2,
        acquire_timeout: SHORT,
        statement_timeout: SHORT * 2,
        lock_timeout: SHORT,
        unit_time: SHORT * 5,
        ..place.options()
    };
    let store = try_open(options).await.unwrap();
    let (ada, conversation) = someone(&*store).await;

    let mut other = place.connect().await;
    other.execute("BEGIN; SELECT 1 FROM conversations FOR UPDATE").await.unwrap();
    temporary(append(&*store, ada, message(conversation, "x")).await, ErrorKind::Unavailable);
    other.execute("ROLLBACK; BEGIN; LOCK TABLE messages").await.unwrap();
    temporary(contents(&*store, ada, conversation).await, ErrorKind::Unavailable);
    other.execute("ROLLBACK; CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN new; END'; CREATE TRIGGER slow BEFORE INSERT ON messages EXECUTE FUNCTION slow()").await.unwrap();
    temporary(append(&*store, ada, message(conversation, "x")).await, ErrorKind::DeadlineExceeded);
    other.execute("DROP TRIGGER slow ON messages").await.unwrap();

    let store: Arc<dyn Store> = store;
    temporary(store.run(Box::new(|_| Box::pin(pending()))).await, ErrorKind::DeadlineExceeded);
    let hogs: Vec<_> = (0..2)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.run(Box::new(|_| Box::pin(pending()))).await })
        })
        .collect();
    let error = loop {
        // as soon as both have begun
        match contents(&*store, ada, conversation).await {
            Err(error) => break error,
            Ok(_) => tokio::task::yield_now().await,
        }
    };
    temporary::<()>(Err(error), ErrorKind::Unavailable);
    for hog in hogs {
        temporary(hog.await.unwrap(), ErrorKind::DeadlineExceeded);
    }
    append(&*store, ada, message(conversation, "works again")).await.unwrap();
    assert_eq!(contents(&*store, ada, conversation).await.unwrap(), ["works again"]);
    assert_eq!(idle_in_transaction(&mut other).await, 0);
}

#[tokio::test]
async fn a_caller_who_goes_away_leaves_no_transaction() {
    let Some(server) = own_server().await else { return };
    let place = Place::on(&server).await;
    let store: Arc<dyn Store> = place.open().await;
    let (ada, conversation) = someone(&*store).await;
    let mut other = place.connect().await;
    other.execute("BEGIN; SELECT 1 FROM conversations FOR UPDATE").await.unwrap();
    let writing = Arc::clone(&store);
    let caller = tokio::spawn(async move { append(&*writing, ada, message(conversation, "kept")).await });
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let mut watch = place.connect().await;
    while sqlx::query_scalar::<_, i64>(waits).fetch_one(&mut watch).await.unwrap() == 0 {
        tokio::task::yield_now().await;
    }
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    other.execute("ROLLBACK").await.unwrap();
    while contents(&*store, ada, conversation).await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(idle_in_transaction(&mut watch).await, 0);
}

#[tokio::test]
async fn the_server_refuses_and_recovers() {
    let Some(server) = own_server().await else { return };
    let place = Place::on(&server).await;
    let store = place.open().await;
    let (ada, conversation) = someone(&*store).await;
    let fails = |code: &str| {
        format!(
            "CREATE OR REPLACE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql
                AS 'BEGIN RAISE EXCEPTION USING ERRCODE = ''{code}''; END';
            CREATE OR REPLACE TRIGGER fails BEFORE INSERT ON messages EXECUTE FUNCTION fails()"
        )
    };
    for (code, kind) in [
        ("53100", ErrorKind::StorageFull),
        ("40001", ErrorKind::Unavailable),
        ("40P01", ErrorKind::Unavailable),
        ("25006", ErrorKind::Unavailable),
    ] {
        place.run(&fails(code)).await;
        temporary(append(&*store, ada, message(conversation, "x")).await, kind);
        assert!(contents(&*store, ada, conversation).await.unwrap().is_empty(), "reading goes on");
    }
    place.run("DROP TRIGGER fails ON messages").await;
    append(&*store, ada, message(conversation, "works again")).await.unwrap();

    place.run("CREATE ROLE few LOGIN CONNECTION LIMIT 1; GRANT ALL ON ALL TABLES IN SCHEMA public TO few").await;
    let url = place.url().replace("postgres@", "few@");
    let held = <PgConnection as sqlx::Connection>::connect(&url).await.unwrap();
    let refused = PostgresOptions { acquire_timeout: SHORT, ..PostgresOptions::new(&url) };
    let error = temporary(try_open(refused.clone()).await.map(drop), ErrorKind::Unavailable);
    assert!(error.message().contains("no more connections"), "{error}");
    sqlx::Connection::close(held).await.unwrap();
    loop {
        match try_open(refused.clone()).await {
            Ok(_) => break,
            Err(error) => temporary::<()>(Err(error), ErrorKind::Unavailable), // the server is still ending the session
        };
        sleep(Duration::from_millis(10)).await;
    }
}

/// Appends numbers until told to stop; answers those that were acknowledged.
async fn write_on(
    store: Arc<dyn Store>,
    ada: Scope,
    conversation: ConversationId,
    stop: Arc<tokio::sync::Notify>,
) -> Vec<String> {
    let (mut kept, mut number) = (Vec::new(), 0);
    let mut stopped = std::pin::pin!(stop.notified());
    loop {
        number += 1;
        let text = number.to_string();
        match append(&*store, ada, message(conversation, &text)).await {
            Ok(_) => kept.push(text),
            Err(error) => {
                assert!(error.retry_after().is_some(), "{error:?}");
                sleep(Duration::from_millis(20)).await;
            }
        }
        if futures_util::FutureExt::now_or_never(&mut stopped).is_some() {
            return kept;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_and_comes_back_is_used_again() {
    let Some(mut server) = own_server().await else { return };
    let place = Place::on(&server).await;
    let options = PostgresOptions { acquire_timeout: SHORT, ..place.options() };
    let store = try_open(options).await.unwrap();
    let mut people = Vec::new();
    for _ in 0..4 {
        people.push(someone(&*store).await);
    }
    let stop = Arc::new(tokio::sync::Notify::new());
    let writers: Vec<_> = people
        .iter()
        .map(|(ada, conversation)| {
            let shared: Arc<dyn Store> = store.clone();
            tokio::spawn(write_on(shared, *ada, *conversation, Arc::clone(&stop)))
        })
        .collect();
    for _ in 0..2 {
        while contents(&*store, people[0].0, people[0].1).await.unwrap_or_default().len() < 5 {
            sleep(Duration::from_millis(10)).await;
        }
        server = tokio::task::spawn_blocking(move || {
            server.kill().unwrap();
            server
        })
        .await
        .unwrap();
        temporary(contents(&*store, people[0].0, people[0].1).await, ErrorKind::Unavailable);
        assert_eq!(store.check().await.status, HealthStatus::Unhealthy);
        server = tokio::task::spawn_blocking(move || {
            server.start_again().unwrap();
            server
        })
        .await
        .unwrap();
    }
    let before = loop {
        match contents(&*store, people[0].0, people[0].1).await {
            Ok(found) => break found.len(),
            Err(error) => drop(temporary::<()>(Err(error), ErrorKind::Unavailable)),
        }
    };
    while contents(&*store, people[0].0, people[0].1).await.unwrap_or_default().len() <= before {
        sleep(Duration::from_millis(10)).await;
    }
    stop.notify_waiters();
    for (writer, (ada, conversation)) in writers.into_iter().zip(&people) {
        let kept = writer.await.unwrap();
        let found = contents(&*store, *ada, *conversation).await.unwrap();
        let found: std::collections::BTreeSet<&String> = found.iter().collect();
        let lost: Vec<_> = kept.iter().filter(|text| !found.contains(text)).collect();
        assert!(lost.is_empty() || found.len() >= 1000, "acknowledged and lost: {lost:?}");
    }
    let mut watch = place.connect().await;
    assert_eq!(idle_in_transaction(&mut watch).await, 0);
}
