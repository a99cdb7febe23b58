//! The store on a real server.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test that cannot go on fails, and says what it skips")]

mod support;

mod audit;
mod bus;
mod conformance;
mod faults;
mod migrations;
mod model;
mod outbox;
mod plans;
mod recorded;
mod replicas;
mod text;
mod transfer;
mod vectors;
