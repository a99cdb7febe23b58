use std::fmt::Debug;

use crate::Timestamp;

/// The time. Always a parameter, so that tests can set it; clippy bans the direct calls.
pub trait Clock: Send + Sync + Debug {
    /// Now. May jump back when an operator sets the clock; nothing may rely on it for order.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(chrono::Utc::now().timestamp_micros())
    }
}
