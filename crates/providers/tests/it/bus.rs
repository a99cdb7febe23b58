use jarvis_core::{ports::Bus, testkit::bus_suite};
use jarvis_providers::bus::InProcessBus;
use std::sync::Arc;

#[tokio::test]
async fn the_bus_in_process_keeps_the_contract_of_its_port() {
    bus_suite(|| InProcessBus::new() as Arc<dyn Bus>, tokio::time::sleep).await.unwrap();
}
