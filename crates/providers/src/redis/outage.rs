use std::sync::{Mutex, MutexGuard, PoisonError};

use jarvis_core::Error;

/// Whether Redis is away, and why. It is said once when that begins, and once when it ends.
#[derive(Debug, Default)]
pub(super) struct Outage(Mutex<Option<Error>>);

impl Outage {
    /// What went wrong last, while it is away.
    pub(super) fn why(&self) -> Option<Error> {
        self.state().clone()
    }

    pub(super) fn begin(&self, why: &Error) {
        if self.state().replace(why.clone()).is_none() {
            tracing::warn!(error = ?why, "Redis is away; until it is back, nothing is cached, and each server limits for itself");
        }
    }

    pub(super) fn end(&self) {
        if self.state().take().is_some() {
            tracing::info!("Redis is back");
        }
    }

    fn state(&self) -> MutexGuard<'_, Option<Error>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
