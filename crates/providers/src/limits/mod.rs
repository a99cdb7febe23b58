//! Rate limiters: who may go on, and who must wait.

mod in_process;

pub use in_process::InProcessLimiter;
