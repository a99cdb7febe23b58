use jarvis_core::{
    ports::Clock,
    testkit::{FixedClock, rate_limiter_suite},
};
use jarvis_providers::limits::InProcessLimiter;
use std::{future::ready, sync::Arc};

#[tokio::test]
async fn the_limiter_in_process_keeps_the_contract_of_its_port() {
    let clock = Arc::new(FixedClock::default());
    let limiter = InProcessLimiter::new(Arc::clone(&clock) as Arc<dyn Clock>);
    let pass = |time| {
        clock.advance(time);
        ready(())
    };
    rate_limiter_suite(&limiter, pass).await.unwrap();
}
