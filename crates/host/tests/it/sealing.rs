//! The stores keep their contracts with a real sealer too.

use std::sync::{Arc, Mutex};

use jarvis_core::{
    ports::Store,
    testkit::{FixedClock, store_suite},
    types::SealingPhase,
};
use jarvis_postgres::{PostgresOptions, PostgresStore};
use jarvis_providers::sealing::{KeyedSealer, MasterKey, StoreSecret};
use jarvis_sqlite::{SqliteOptions, SqliteStore};
use jarvis_test_servers::{Database, POSTGRES, given};

fn sealer() -> Arc<KeyedSealer> {
    let sealer = KeyedSealer::new(&[MasterKey::parse(&"k".repeat(32)).unwrap()]);
    sealer.unlock(&StoreSecret::draw().unwrap(), SealingPhase::Sealed);
    Arc::new(sealer)
}

#[tokio::test]
async fn a_sealed_file_keeps_the_contract_of_the_ports() {
    let places = Mutex::new(Vec::new());
    store_suite(|| async {
        let place = tempfile::tempdir().unwrap();
        let options = SqliteOptions { readers: 2, ..SqliteOptions::new(place.path().join("jarvis.db")) };
        let store: Arc<dyn Store> = SqliteStore::open(options, sealer(), Arc::new(FixedClock::default())).unwrap();
        places.lock().unwrap().push(place);
        store
    })
    .await;
}

#[tokio::test]
async fn a_sealed_database_keeps_the_contract_of_the_ports() {
    let Some(server) = given(POSTGRES) else { return };
    let database = Database::create(&server).unwrap();
    // emptied for every check: making a database anew takes ten times as long
    let before: Mutex<Option<Arc<PostgresStore>>> = Mutex::new(None);
    store_suite(|| async {
        let last = before.lock().unwrap().take();
        if let Some(last) = last {
            last.close().await.unwrap();
            let sql = "DO $$ BEGIN EXECUTE (
                    SELECT 'TRUNCATE ' || string_agg(quote_ident(tablename), ', ')
                    FROM pg_tables
                    WHERE schemaname = current_schema() AND tablename NOT IN ('schema_migrations', 'store_state')
                ); END $$";
            let mut session = database.session().unwrap();
            session.query(sql).unwrap();
            session.query("UPDATE store_state SET outbox_pruned = 0").unwrap();
        }
        let options = PostgresOptions { max_connections: 8, ..PostgresOptions::new(database.url()) };
        let store = PostgresStore::open(options, sealer(), Arc::new(FixedClock::default())).await.unwrap();
        before.lock().unwrap().replace(Arc::clone(&store));
        let store: Arc<dyn Store> = store;
        store
    })
    .await;
}
