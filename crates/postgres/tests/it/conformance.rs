use jarvis_core::{
    ports::Store,
    testkit::{migrator_suite, store_suite},
};
use jarvis_postgres::PostgresMigrator;
use std::sync::{Arc, Mutex};

use crate::support::{Place, clock, server};

#[tokio::test]
async fn the_store_keeps_the_contract_of_its_ports() {
    if server().is_none() {
        return;
    }
    // one at a time: the database of a check goes when the next begins
    let place = Mutex::new(None);
    store_suite(|| async {
        let made = Place::migrated().await.unwrap();
        let store: Arc<dyn Store> = made.open().await;
        let before = place.lock().unwrap().replace(made);
        drop(before);
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
