//! A trail whose file somebody wrote to.

use jarvis_core::{
    Scope,
    ports::{Ids, Migrator, Store, SystemIds},
    testkit::{FixedClock, audit_break, audit_entry},
    types::{AuditQuery, RecordedDetail},
};
use jarvis_sqlite::SqliteMigrator;
use std::sync::Arc;

use crate::support::{Place, raw};

async fn record(store: &dyn Store, act: &'static str, object: &str, second: u64) {
    let entry = audit_entry(SystemIds.next(), act, object, second);
    store.write(move |tx| Box::pin(async move { tx.audit().record(&Scope::system(), entry).await })).await.unwrap();
}

/// A trail of five entries after somebody ran some SQL on it.
async fn first_broken_after(sql: &str) -> Option<u64> {
    let place = Place::new();
    let store = place.open();
    for second in 1..=5 {
        record(&*store, "a", "o", second).await;
    }
    assert_eq!(audit_break(&*store).await.unwrap(), None);
    store.close().await.unwrap();
    raw(&place.database()).execute_batch(sql).unwrap();
    let store = place.open();
    let broken = audit_break(&*store).await.unwrap();
    store.close().await.unwrap();
    broken.map(|broken| broken.seq)
}

#[tokio::test]
async fn whatever_is_done_to_the_rows_is_found_at_the_first_of_them() {
    for (sql, first) in [
        ("SELECT 1", None),
        ("UPDATE audit_log SET act = 'b' WHERE seq = 3", Some(3)),
        ("UPDATE audit_log SET at = at + 1 WHERE seq = 3", Some(3)),
        ("UPDATE audit_log SET detail = CAST('{}' AS BLOB) WHERE seq = 3", Some(3)),
        ("UPDATE audit_log SET detail = x'', salt = NULL WHERE seq = 3", Some(3)),
        ("UPDATE audit_log SET detail = x'00' WHERE seq = 3", Some(3)),
        ("UPDATE audit_log SET hash = x'00' WHERE seq = 3", Some(3)),
        ("UPDATE audit_log SET user_id = x'00' WHERE seq = 3", Some(3)),
        ("UPDATE audit_log SET act = CAST(x'ff' AS TEXT) WHERE seq = 3", Some(3)),
        ("UPDATE audit_log SET user_id = id WHERE seq = 3", Some(3)),
        ("DELETE FROM audit_log WHERE seq = 3", Some(3)),
        ("DELETE FROM audit_log WHERE seq = 3; UPDATE audit_log SET seq = seq - 1 WHERE seq > 3", Some(3)),
        ("DELETE FROM audit_log WHERE seq > 3", Some(4)),
        ("DELETE FROM audit_log", Some(1)),
        ("UPDATE audit_head SET seq = 4", Some(4)),
        (
            "UPDATE audit_log SET seq = 99 WHERE seq = 2; UPDATE audit_log SET seq = 2 WHERE seq = 3; \
             UPDATE audit_log SET seq = 3 WHERE seq = 99",
            Some(2),
        ),
        (
            "INSERT INTO audit_log SELECT 6, zeroblob(16), at, user_id, subject_id, via, act, object, detail, salt, digest, \
             hash, hash FROM audit_log WHERE seq = 5; UPDATE audit_head SET seq = 6",
            Some(6),
        ),
    ] {
        assert_eq!(first_broken_after(sql).await, first, "{sql}");
    }
}

#[tokio::test]
async fn an_entry_that_cannot_be_read_hides_no_other() {
    let place = Place::new();
    let store = place.open();
    for second in 1..=5 {
        record(&*store, "a", "o", second).await;
    }
    store.close().await.unwrap();
    raw(&place.database())
        .execute_batch(
            "UPDATE audit_log SET detail = x'00' WHERE seq = 2; UPDATE audit_log SET user_id = x'00' WHERE seq = 4",
        )
        .unwrap();
    let store = place.open();
    let query = AuditQuery { limit: 10, ..AuditQuery::default() };
    let found = store.audit().list(&Scope::system(), &query).await.unwrap();
    let unreadable: Vec<(u64, bool)> =
        found.iter().map(|record| (record.seq, record.detail == RecordedDetail::Unreadable)).collect();
    assert_eq!(unreadable, [(5, false), (4, true), (3, false), (2, true), (1, false)]);
    assert_eq!((found[1].act.as_str(), found[3].act.as_str()), ("a", "a"));
    store.close().await.unwrap();
}

#[tokio::test]
async fn entries_of_an_older_version_are_chained_before_anything_is_added() {
    let place = Place::new();
    let migrator = SqliteMigrator::new(place.database(), Arc::new(FixedClock::default()));
    migrator.up(Some(12)).await.unwrap();
    raw(&place.database())
        .execute_batch(
            r#"INSERT INTO audit_log (id, at, user_id, act, object, detail) VALUES
                (x'00000000000000000000000000000002', 20, NULL, 'second', 'o', '{"role":"admin"}'),
                (x'00000000000000000000000000000001', 10, x'00000000000000000000000000000009', 'first', 'o', NULL)"#,
        )
        .unwrap();
    let store = place.open();
    let list = async || {
        let query = AuditQuery { limit: 10, ..AuditQuery::default() };
        let found = store.audit().list(&Scope::system(), &query).await.unwrap();
        found.iter().map(|record| (record.seq, record.act.clone())).collect::<Vec<_>>()
    };
    assert_eq!(list().await, [(2, "second".to_owned()), (1, "first".to_owned())]);
    assert_eq!(store.audit().head(&Scope::system()).await.unwrap().hash, None);
    record(&*store, "third", "o", 30).await;
    assert_eq!(list().await[0], (3, "third".to_owned()));
    assert_eq!(audit_break(&*store).await.unwrap(), None);
    let query = AuditQuery { limit: 1, act: Some("second".into()), ..AuditQuery::default() };
    let second = store.audit().list(&Scope::system(), &query).await.unwrap().remove(0);
    assert_eq!(second.detail.told().unwrap().as_str(), r#"{"role":"admin"}"#);
    store.close().await.unwrap();

    migrator.down(12).await.unwrap();
    let kept: i64 = raw(&place.database()).query_row("SELECT count(*) FROM audit_log", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 3);
}
