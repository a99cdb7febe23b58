//! One trail, written by several servers.

use futures_util::future::try_join_all;
use jarvis_core::{
    Scope,
    ports::{Ids, Store, SystemIds},
    testkit::{audit_break, audit_entry},
};

use crate::support::{Place, append, message, someone};

async fn record(store: &dyn Store, second: u64) -> jarvis_core::Result<()> {
    let entry = audit_entry(SystemIds.next(), "a", "o", second);
    store.write(move |tx| Box::pin(async move { tx.audit().record(&Scope::system(), entry).await })).await
}

#[tokio::test]
async fn two_servers_make_one_chain_while_others_write() {
    let Some(place) = Place::migrated().await else { return };
    let (one, two) = (place.open().await, place.open().await);
    let (scope, conversation) = someone(&*one).await;
    let acts = (0..60).map(|number| record(if number % 2 == 0 { &*one } else { &*two }, number));
    let others = (0..30).map(|number| {
        let store: &dyn Store = if number % 2 == 0 { &*one } else { &*two };
        append(store, scope, message(conversation, "said meanwhile"))
    });
    let (acts, others) = tokio::join!(try_join_all(acts), try_join_all(others));
    acts.unwrap();
    others.unwrap();
    let entries = two.audit().entries(&Scope::system(), 0, 100).await.unwrap();
    let numbers: Vec<u64> = entries.iter().map(|entry| entry.seq).collect();
    assert_eq!(numbers, (1..=60).collect::<Vec<_>>());
    assert_eq!(audit_break(&*one).await.unwrap(), None);
}

#[tokio::test]
async fn who_waits_for_the_head_holds_up_nobody_who_notes_nothing() {
    let Some(place) = Place::migrated().await else { return };
    let store = place.open().await;
    let (scope, conversation) = someone(&*store).await;
    record(&*store, 1).await.unwrap();
    let mut held = place.connect().await;
    sqlx::raw_sql("BEGIN; SELECT 1 FROM audit_head FOR UPDATE").execute(&mut held).await.unwrap();
    append(&*store, scope, message(conversation, "nobody waits for the trail")).await.unwrap();
    sqlx::raw_sql("ROLLBACK").execute(&mut held).await.unwrap();
    record(&*store, 2).await.unwrap();
    assert_eq!(audit_break(&*store).await.unwrap(), None);
}

#[tokio::test]
async fn whatever_is_done_to_the_rows_is_found_at_the_first_of_them() {
    for (sql, first) in [
        ("UPDATE audit_log SET object = 'other' WHERE seq = 3", Some(3)),
        ("UPDATE audit_log SET detail = '{}' WHERE seq = 3", Some(3)),
        ("DELETE FROM audit_log WHERE seq = 3", Some(3)),
        ("DELETE FROM audit_log WHERE seq > 3", Some(4)),
        ("UPDATE audit_head SET seq = 4", Some(4)),
    ] {
        let Some(place) = Place::migrated().await else { return };
        let store = place.open().await;
        for second in 1..=5 {
            record(&*store, second).await.unwrap();
        }
        place.run(sql).await;
        let broken = audit_break(&*store).await.unwrap();
        assert_eq!(broken.map(|broken| broken.seq), first, "{sql}");
    }
}
