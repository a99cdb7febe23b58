//! Rules that need nothing from outside: pure functions of their arguments.

pub mod audit_chain;
pub mod backoff;
pub mod breaker;
pub mod facts;
pub mod glob;
pub mod memory_candidates;
pub mod networks;
mod phrases;
pub mod prompt;
mod questions;
pub mod ranking;
pub mod rate_limit;
pub mod recall;
pub mod request_limits;
pub mod schema;
mod sentences;
pub mod summary;
pub mod title;
mod words;
