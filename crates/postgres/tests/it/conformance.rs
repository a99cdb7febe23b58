use jarvis_core::testkit::migrator_suite;
use jarvis_postgres::PostgresMigrator;
use std::sync::{Arc, Mutex};

use crate::support::{Place, clock};

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
