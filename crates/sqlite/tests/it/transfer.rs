//! Whole databases as rows.

use jarvis_core::{
    ErrorKind, Scope,
    ports::{
        Store,
        transfer::{CellKind, MoveMark, OutboxEnds, Portion, TABLES, TransferSource, TransferTarget},
    },
    testkit::{FixedClock, TransferWorld, transfer_suite},
};
use jarvis_sqlite::SqliteTransfer;
use std::sync::{Arc, Mutex};

use crate::support::{Place, append, message, now, raw, someone, try_open};

fn target(place: &Place) -> Arc<SqliteTransfer> {
    SqliteTransfer::target(&place.database(), &FixedClock::default()).unwrap()
}

fn source(place: &Place) -> jarvis_core::Result<Arc<SqliteTransfer>> {
    SqliteTransfer::source(&place.database(), &FixedClock::default())
}

fn mark() -> MoveMark {
    MoveMark { source: "sqlite:other.db".into(), fingerprint: "1".into(), began_at: now(), finished_at: None }
}

#[tokio::test]
async fn a_database_keeps_the_contract_of_the_ports() {
    let places = Mutex::new(Vec::new());
    transfer_suite(|| async {
        let place = Place::new();
        let target: Arc<dyn TransferTarget> = target(&place);
        places.lock().unwrap().push(place);
        target
    })
    .await;
}

#[tokio::test]
async fn the_list_of_tables_is_the_schema() {
    let place = Place::new();
    place.open().close().await.unwrap();
    let connection = raw(&place.database());
    let list = |sql: &str| -> Vec<(String, String)> {
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect()
    };
    let tables = "SELECT name, '' FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' \
                  AND name NOT IN ('schema_migrations', 'store_state', 'moves') ORDER BY name";
    let mut listed: Vec<(String, String)> = TABLES.iter().map(|table| (table.name.to_owned(), String::new())).collect();
    listed.sort();
    assert_eq!(list(tables), listed, "a new table belongs into core's transfer::TABLES");
    for table in TABLES {
        let mut columns = list(&format!("SELECT name, type FROM pragma_table_info('{}')", table.name));
        let stored = |kind| match kind {
            CellKind::Id | CellKind::Bytes => "BLOB",
            CellKind::Text => "TEXT",
            CellKind::Time | CellKind::Integer | CellKind::Flag => "INTEGER",
            CellKind::Real => "REAL",
        };
        let mut meant: Vec<(String, String)> =
            table.columns.iter().map(|(name, kind)| ((*name).to_owned(), stored(*kind).to_owned())).collect();
        columns.sort();
        meant.sort();
        assert_eq!(columns, meant, "{}", table.name);
    }
}

#[tokio::test]
async fn nobody_writes_to_a_source_and_nobody_has_a_target() {
    let place = Place::new();
    let store = place.open();
    let (scope, conversation) = someone(&*store).await;
    let held = source(&place).unwrap();
    let refused = append(&*store, scope, message(conversation, "too late")).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unavailable, "{refused}");
    drop(held);
    append(&*store, scope, message(conversation, "in time")).await.unwrap();
    store.close().await.unwrap();

    let _ours = target(&place);
    for refused in [source(&place).unwrap_err(), try_open(place.options()).unwrap_err()] {
        assert_eq!(refused.kind(), ErrorKind::Unavailable, "{refused}");
    }
}

#[tokio::test]
async fn an_unfinished_copy_is_no_store_and_no_source() {
    let place = Place::new();
    let copy = target(&place);
    copy.begin(mark()).await.unwrap();
    drop(copy);
    for refused in [source(&place).unwrap_err(), try_open(place.options()).unwrap_err()] {
        assert_eq!((refused.kind(), refused.code()), (ErrorKind::Conflict, "move_unfinished"));
        assert!(refused.message().contains("sqlite:other.db") && refused.message().contains("jarvis migrate-store"));
    }
    target(&place).finish(OutboxEnds { pruned: 3, newest: 9 }, now()).await.unwrap();
    try_open(place.options()).unwrap();
}

#[tokio::test]
async fn a_finished_copy_counts_and_goes_on_above_the_positions_it_took_over() {
    let place = Place::new();
    let copy = target(&place);
    let world = TransferWorld::of_seed(11, 20);
    copy.begin(mark()).await.unwrap();
    for (table, rows) in world.tables() {
        copy.write(table, rows.to_vec()).await.unwrap();
    }
    let ends = world.outbox();
    copy.finish(ends, now()).await.unwrap();
    drop(copy);

    let store = try_open(place.options()).unwrap();
    let totals = store.stats().totals(&Scope::system()).await.unwrap();
    let sum = |at: usize| -> i64 {
        let number = |row: &jarvis_core::ports::transfer::Row| match row[at] {
            jarvis_core::ports::transfer::Cell::Integer(number) => number,
            _ => 0,
        };
        world.rows_of("user_stats").iter().map(number).sum()
    };
    assert_eq!(totals.users, world.rows_of("users").len() as u64);
    assert_eq!(totals.messages as i64, sum(4));
    assert_eq!(totals.conversations as i64, sum(1) + sum(2) + sum(3));
    assert!(totals.messages > 0);
    assert_eq!(store.outbox().bounds(&Scope::system()).await.unwrap(), (ends.pruned + 1, ends.newest));
    let (scope, conversation) = someone(&*store).await;
    append(&*store, scope, message(conversation, "new")).await.unwrap();
    let new = store.outbox().after(&Scope::system(), ends.newest, 10).await.unwrap();
    assert_eq!(new.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [ends.newest + 1]);
}

#[tokio::test]
async fn what_is_not_there_or_old_is_no_source() {
    let place = Place::new();
    let refused = source(&place).unwrap_err();
    assert!(refused.kind() == ErrorKind::NotFound && refused.message().contains("--from"), "{refused}");
    assert!(!place.database().try_exists().unwrap(), "looking made a file");
    place.open().close().await.unwrap();
    let migrator = jarvis_sqlite::SqliteMigrator::new(place.database(), Arc::new(FixedClock::default()));
    jarvis_core::ports::Migrator::down(&migrator, 8).await.unwrap();
    assert_eq!(source(&place).unwrap_err().code(), "migration_pending");
    target(&place);
    let portion = Portion { rows: 1, bytes: 1 };
    assert!(source(&place).unwrap().read(&TABLES[0], None, portion).await.unwrap().is_empty());
}
