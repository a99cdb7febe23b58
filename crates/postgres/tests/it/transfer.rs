//! Whole databases as rows.

use jarvis_core::{
    ErrorKind, Result, Scope,
    id::UserId,
    ports::{
        Ids, Store, SystemIds,
        transfer::{CellKind, MoveMark, OutboxEnds, TABLES, TransferTarget},
    },
    testkit::{TransferWorld, transfer_suite},
    types::{MemoryKind, NewMemory, NewUser, UserRole},
};
use jarvis_postgres::PostgresTransfer;
use sqlx::Connection;
use std::sync::{Arc, Mutex};

use crate::support::{Place, clock, server, try_open};

async fn target(place: &Place) -> Result<Arc<PostgresTransfer>> {
    PostgresTransfer::target(&place.url(), &*clock()).await
}

async fn source(place: &Place) -> Result<Arc<PostgresTransfer>> {
    PostgresTransfer::source(&place.url(), &*clock()).await
}

fn mark() -> MoveMark {
    let began_at = clock().now();
    MoveMark { source: "sqlite:other.db".into(), fingerprint: "1".into(), began_at, finished_at: None }
}

/// A new user.
async fn user(store: &dyn Store) -> Result<Scope> {
    let user = UserId::new(&SystemIds);
    let name = user.as_uuid().simple().to_string();
    let new = NewUser { id: user, name, role: UserRole::User, created_at: clock().now() };
    store.write(move |tx| Box::pin(async move { tx.users().insert(&Scope::system(), new).await })).await?;
    Ok(Scope::of(user))
}

/// A change that the indexes hear of.
async fn remember(store: &dyn Store, scope: Scope) -> Result<()> {
    let new = NewMemory {
        id: SystemIds.next().into(),
        kind: MemoryKind::LongTerm,
        category: "fact".into(),
        content: "a dog called Rex".into(),
        importance: 0.5,
        expires_at: None,
        source_message_ids: Vec::new(),
        slot: None,
        metadata: None,
        created_at: clock().now(),
    };
    store.write(move |tx| Box::pin(async move { tx.memories().insert(&scope, new).await.map(drop) })).await
}

#[tokio::test]
async fn a_database_keeps_the_contract_of_the_ports() {
    if server().is_none() {
        return;
    }
    let places = Mutex::new(Vec::new());
    transfer_suite(|| async {
        let place = Place::migrated().await.unwrap();
        let target: Arc<dyn TransferTarget> = target(&place).await.unwrap();
        places.lock().unwrap().push(place);
        target
    })
    .await;
}

#[tokio::test]
async fn the_list_of_tables_is_the_schema() {
    let Some(place) = Place::migrated().await else { return };
    let mut connection = place.connect().await;
    let found: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT table_name::text, column_name::text, data_type::text FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name NOT IN ('schema_migrations', 'store_state', 'moves')
        ORDER BY 1, 2",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    connection.close().await.unwrap();
    let mut meant: Vec<(String, String, &[&str])> = Vec::new();
    for table in TABLES {
        for (name, kind) in table.columns {
            let stored: &[&str] = match kind {
                CellKind::Id => &["uuid"],
                CellKind::Time => &["timestamp with time zone"],
                CellKind::Bytes => &["bytea"],
                CellKind::Text => &["text"],
                CellKind::Integer => &["bigint", "integer", "smallint"],
                CellKind::Real => &["real", "double precision"],
                CellKind::Flag => &["boolean"],
            };
            let name = if (table.name, *name) == ("outbox", "seq") { "position" } else { name };
            meant.push((table.name.to_owned(), name.to_owned(), stored));
        }
    }
    meant.sort();
    let names = |table: &str, column: &str| format!("{table}.{column}");
    assert_eq!(
        found.iter().map(|(table, column, _)| names(table, column)).collect::<Vec<_>>(),
        meant.iter().map(|(table, column, _)| names(table, column)).collect::<Vec<_>>(),
        "a new table belongs into core's transfer::TABLES"
    );
    for ((table, column, found), (_, _, meant)) in found.iter().zip(&meant) {
        assert!(meant.contains(&found.as_str()), "{table}.{column} is {found}");
    }
}

#[tokio::test]
async fn a_database_in_use_is_neither_source_nor_target() {
    let Some(place) = Place::migrated().await else { return };
    let store = place.open().await;
    user(&*store).await.unwrap();
    for refused in [source(&place).await.unwrap_err(), target(&place).await.unwrap_err()] {
        assert_eq!((refused.kind(), refused.code()), (ErrorKind::Conflict, "database_in_use"));
    }
    store.close().await.unwrap();
    source(&place).await.unwrap();
}

#[tokio::test]
async fn nobody_writes_to_a_source() {
    let Some(place) = Place::migrated().await else { return };
    let held = source(&place).await.unwrap();
    let mut other = place.connect().await;
    let write = "SET lock_timeout = 100; UPDATE nodes SET beats = 1";
    let refused = sqlx::raw_sql(write).execute(&mut other).await.unwrap_err();
    assert!(refused.to_string().contains("lock timeout"), "{refused}");
    drop(held);
    // the server hears of the lost connection in its own time
    while sqlx::raw_sql(write).execute(&mut other).await.is_err() {}
}

#[tokio::test]
async fn an_unfinished_copy_is_no_store_and_no_source() {
    let Some(place) = Place::migrated().await else { return };
    let copy = target(&place).await.unwrap();
    copy.begin(mark()).await.unwrap();
    drop(copy);
    for refused in [source(&place).await.unwrap_err(), try_open(place.options()).await.unwrap_err()] {
        assert_eq!((refused.kind(), refused.code()), (ErrorKind::Conflict, "move_unfinished"), "{refused}");
        assert!(refused.message().contains("sqlite:other.db") && refused.message().contains("jarvis migrate-store"));
    }
    target(&place).await.unwrap().finish(OutboxEnds { pruned: 9, newest: 9 }, clock().now()).await.unwrap();
    try_open(place.options()).await.unwrap();
}

#[tokio::test]
async fn a_finished_copy_goes_on_above_the_positions_it_took_over() {
    let Some(place) = Place::migrated().await else { return };
    let copy = target(&place).await.unwrap();
    // one position is far above what this server counts
    let world = TransferWorld::of_seed(11, 20);
    copy.begin(mark()).await.unwrap();
    for (table, rows) in world.tables() {
        copy.write(table, rows.to_vec()).await.unwrap();
    }
    let ends = world.outbox();
    assert!(ends.newest > 1 << 32);
    copy.finish(ends, clock().now()).await.unwrap();
    drop(copy);
    let store = try_open(place.options()).await.unwrap();
    assert_eq!(store.outbox().bounds(&Scope::system()).await.unwrap(), (ends.pruned + 1, ends.newest));
    let scope = user(&*store).await.unwrap();
    remember(&*store, scope).await.unwrap();
    let new = store.outbox().after(&Scope::system(), ends.newest, 10).await.unwrap();
    assert_eq!(new.len(), 1);
    assert!(new[0].seq > ends.newest, "{new:?}");
    assert_eq!(store.outbox().bounds(&Scope::system()).await.unwrap(), (ends.pruned + 1, new[0].seq));
}
