//! The real binary, started as a person starts it.
#![cfg(unix)]

mod command_line;
mod configuration;
mod conversation;
mod crash;
mod full_disk;
mod ledger;
mod lifecycle;
mod owner;
mod server;
