//! Caches: what keeps for a while what is costly to make.

pub(crate) mod flights;
mod in_process;
mod none;

pub use in_process::InProcessCache;
pub use none::NoCache;
