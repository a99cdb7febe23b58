use jarvis_core::{ports::Leader, testkit::leader_suite};
use jarvis_providers::leader::InProcessLeader;
use std::sync::Arc;

#[tokio::test]
async fn the_leader_in_process_keeps_the_contract_of_its_port() {
    let start = || async {
        let leader: Arc<dyn Leader> = InProcessLeader::new();
        [Arc::clone(&leader), leader]
    };
    leader_suite(start, tokio::time::sleep).await.unwrap();
}
