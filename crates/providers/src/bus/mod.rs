//! Buses: what carries live events.

mod in_process;

pub use in_process::InProcessBus;
