use rusqlite::Connection;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use crate::error::Attempt;

/// Instructions of SQLite's virtual machine between two looks at the clock: some tens of microseconds.
const OPS_BETWEEN_CHECKS: i32 = 1000;

const NEVER: u64 = u64::MAX;

/// Until when the work on one connection may run. SQLite asks it from within long statements.
#[derive(Debug)]
pub(crate) struct Deadline {
    base: Instant,
    /// Microseconds after `base`.
    at: AtomicU64,
}

impl Deadline {
    /// A deadline that `connection` obeys.
    pub(crate) fn for_connection(connection: &mut Connection) -> Attempt<Arc<Self>> {
        let deadline = Arc::new(Self { base: Instant::now(), at: AtomicU64::new(NEVER) });
        let asked = Arc::clone(&deadline);
        connection.progress_handler(OPS_BETWEEN_CHECKS, Some(move || asked.passed()))?;
        Ok(deadline)
    }

    pub(crate) fn set(&self, allowed: Duration) {
        self.at.store(self.elapsed().saturating_add(allowed.as_micros() as u64), Ordering::Relaxed);
    }

    /// Puts the deadline off; one that is not set stays so.
    pub(crate) fn extend(&self, by: Duration) {
        let at = self.at.load(Ordering::Relaxed);
        self.at.store(at.saturating_add(by.as_micros() as u64), Ordering::Relaxed);
    }

    pub(crate) fn clear(&self) {
        self.at.store(NEVER, Ordering::Relaxed);
    }

    pub(crate) fn passed(&self) -> bool {
        let at = self.at.load(Ordering::Relaxed);
        at != NEVER && self.elapsed() >= at
    }

    fn elapsed(&self) -> u64 {
        self.base.elapsed().as_micros() as u64
    }
}
