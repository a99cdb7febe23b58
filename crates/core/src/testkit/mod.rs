//! For tests only: a clock that stands, identifiers that count, and the conformance suites of the ports.

mod fixed;

pub use fixed::{CountingIds, FixedClock};
