//! Rules that need nothing from outside: pure functions of their arguments.

pub mod backoff;
pub mod breaker;
pub mod memory_candidates;
mod phrases;
mod questions;
pub mod ranking;
pub mod recall;
mod sentences;
pub mod title;
