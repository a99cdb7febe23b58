//! The store on real files.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that cannot go on fails, and says what it skips"
)]

mod support;

mod audit;
mod conformance;
mod damage;
mod full_disk;
mod group;
mod kill;
mod migrations;
mod model;
mod open_converse;
mod plans;
mod power_loss;
mod sealing;
mod transfer;
mod upkeep;
