//! Buses: what carries messages between the parts of a node, and between nodes.

mod in_process;

pub use in_process::InProcessBus;
