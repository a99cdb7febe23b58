use jarvis_core::{
    ports::Store,
    testkit::{migrator_suite, store_suite},
};
use jarvis_postgres::{PostgresMigrator, PostgresStore};
use std::sync::{Arc, Mutex};

use crate::support::{Place, clock};

#[tokio::test]
async fn the_store_keeps_the_contract_of_its_ports() {
    let Some(place) = Place::migrated().await else { return };
    // emptied for every check: making a database anew takes ten times as long
    let before: Mutex<Option<Arc<PostgresStore>>> = Mutex::new(None);
    store_suite(|| async {
        let last = before.lock().unwrap().take();
        if let Some(last) = last {
            last.close().await.unwrap();
        }
        place.empty_tables().await;
        let store = place.open().await;
        before.lock().unwrap().replace(Arc::clone(&store));
        let store: Arc<dyn Store> = store;
        store
    })
    .await;
}

#[tokio::test]
async fn the_migrator_keeps_the_contract_of_its_port() {
    let (Some(one), Some(other)) = (Place::empty().await, Place::empty().await) else { return };
    let places = Mutex::new(vec![one.url(), other.url()]);
    migrator_suite(|| {
        let url = places.lock().unwrap().pop().unwrap();
        Arc::new(PostgresMigrator::new(url, clock()))
    })
    .await;
}
