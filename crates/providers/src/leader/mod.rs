//! Leaders: which of the nodes that share a store does what one does for all.

mod in_process;

pub use in_process::InProcessLeader;
