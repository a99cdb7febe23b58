//! Caches: what keeps for a while what is costly to make.

mod flights;
mod in_process;

pub use in_process::InProcessCache;
