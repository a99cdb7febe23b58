//! What the store does for itself while nobody asks.

use jarvis_core::{Scope, id::ConversationId, ports::Store};
use jarvis_sqlite::{SqliteOptions, SqliteStore};
use std::{fs, time::Duration};

use crate::support::{Place, append, message, open, raw, someone, wal};

async fn fill(store: &SqliteStore, scope: Scope, conversation: ConversationId, megabytes: usize) {
    let text = "x".repeat(100_000);
    for _ in 0..megabytes * 10 {
        append(store, scope, message(conversation, &text)).await.unwrap();
    }
}

/// Waits for what happens in the background, as long as a test may take.
async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..2000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it never happened: {what}");
}

#[tokio::test]
async fn the_log_is_copied_into_the_database_while_the_store_is_open() {
    let place = Place::new();
    let store = place.open();
    let (scope, conversation) = someone(&*store).await;
    fill(&store, scope, conversation, 6).await;
    let database = place.database();
    eventually("the database holds what was written", || fs::metadata(&database).unwrap().len() > 4_000_000).await;
}

#[tokio::test]
async fn the_log_stays_bounded_while_writes_never_pause() {
    let place = Place::new();
    let store = open(SqliteOptions { group_size: 1, ..place.options() });
    let (scope, conversation) = someone(&*store).await;
    fill(&store, scope, conversation, 150).await;
    let log = fs::metadata(wal(&place.database())).unwrap().len();
    assert!(log < 80 << 20, "{log} bytes for 150 megabytes written");
}

#[tokio::test]
async fn what_was_erased_is_given_back_to_the_disk() {
    let place = Place::new();
    let store = place.open();
    let (scope, conversation) = someone(&*store).await;
    fill(&store, scope, conversation, 5).await;
    let erasable: &dyn Store = &*store;
    erasable
        .write(move |tx| Box::pin(async move { tx.conversations().erase(&scope, conversation).await }))
        .await
        .unwrap();
    let database = place.database();
    eventually("few free pages are left", || {
        raw(&database).query_row("PRAGMA freelist_count", [], |row| row.get::<_, i64>(0)).unwrap() < 256
    })
    .await;
    store.close().await.unwrap();
    assert!(fs::metadata(&database).unwrap().len() < 2_000_000);
}
