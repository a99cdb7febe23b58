//! The real binary, started as a person starts it.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails, and says with which seed"
)]

mod accounts;
mod audit;
mod backend;
mod chat;
mod command_line;
mod configuration;
mod conversation;
mod crash;
mod database;
mod encryption;
mod erasing;
mod faults;
mod full_disk;
mod generations;
mod hostile;
mod import;
mod init;
mod ledger;
mod lifecycle;
mod moving;
mod observing;
mod owner;
mod reloading;
mod server;
mod tls;
