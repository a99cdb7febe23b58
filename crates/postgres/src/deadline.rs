use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use tokio::time::Instant;

/// Until when a unit may run; it may be put off while the unit runs.
#[derive(Debug)]
pub(crate) struct Deadline {
    base: Instant,
    /// Microseconds after `base`.
    at: AtomicU64,
}

impl Deadline {
    pub(crate) fn after(allowed: Duration) -> Self {
        Self { base: Instant::now(), at: AtomicU64::new(allowed.as_micros() as u64) }
    }

    pub(crate) fn extend(&self, by: Duration) {
        self.at.fetch_add(by.as_micros() as u64, Ordering::Relaxed);
    }

    /// Ends when the deadline does.
    pub(crate) async fn passed(&self) {
        loop {
            let at = self.base + Duration::from_micros(self.at.load(Ordering::Relaxed));
            if Instant::now() >= at {
                return;
            }
            tokio::time::sleep_until(at).await;
        }
    }
}
