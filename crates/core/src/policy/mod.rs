//! Rules that need nothing from outside: pure functions of their arguments.

pub mod memory_candidates;
pub mod recall;
pub mod title;
