//! Asking again, when that can help.

use std::{future::Future, time::Duration};

use jarvis_core::{ErrorKind, Result};

use super::Bounds;

/// A longer pause is left to the caller, who is told of it by `retry_after`.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How often, and with what pauses.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    attempts: u32,
    pause: Duration,
}

impl Patience {
    pub(super) fn of(bounds: &Bounds) -> Self {
        Self { attempts: bounds.attempts, pause: bounds.pause }
    }

    /// Asks until there is an answer, an error that asking again does not mend, or no patience left.
    pub(super) async fn ask<T, F: Future<Output = Result<T>>>(self, mut ask: impl FnMut() -> F) -> Result<T> {
        let mut pause = self.pause;
        let mut left = self.attempts;
        loop {
            let error = match ask().await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            left = left.saturating_sub(1);
            let wait = error.retry_after().unwrap_or_default().max(pause);
            // a request that was too slow once would only double the wait
            if error.kind() != ErrorKind::Unavailable || left == 0 || wait > LONGEST_PAUSE {
                return Err(error);
            }
            tokio::time::sleep(wait).await;
            pause = pause.saturating_mul(2);
        }
    }
}
