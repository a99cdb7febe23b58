//! Buses: what carries messages between the parts of a node, and between nodes.

mod fallback;
mod in_process;

pub use fallback::FallbackBus;
pub use in_process::InProcessBus;
