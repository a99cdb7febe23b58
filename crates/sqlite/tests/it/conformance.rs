use jarvis_core::{
    ports::Store,
    testkit::{FixedClock, migrator_suite, store_suite},
};
use jarvis_sqlite::SqliteMigrator;
use std::sync::{Arc, Mutex};

use crate::support::Place;

#[tokio::test]
async fn the_store_keeps_the_contract_of_its_ports() {
    let places = Mutex::new(Vec::new());
    store_suite(|| async {
        let place = Place::new();
        let store: Arc<dyn Store> = place.open();
        places.lock().unwrap().push(place);
        store
    })
    .await;
}

#[tokio::test]
async fn the_migrator_keeps_the_contract_of_its_port() {
    let places = Mutex::new(Vec::new());
    migrator_suite(|| {
        let place = Place::new();
        let path = place.database();
        places.lock().unwrap().push(place);
        Arc::new(SqliteMigrator::new(path, Arc::new(FixedClock::default())))
    })
    .await;
}
