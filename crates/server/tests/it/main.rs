//! The API over the real router, engine, store and index. The clock stands and ids count, so answers can be compared as
//! they are; only measured durations are taken out.

#![expect(clippy::unwrap_used, clippy::panic, reason = "test helpers fail by panicking")]

mod accounts;
mod base_path;
mod chat;
mod conversations;
mod doors;
mod errors;
mod generations;
mod guard;
mod idempotency;
mod kept;
mod limits;
mod memory;
mod metrics;
mod openapi;
mod owners;
mod ownership;
mod page;
mod search;
mod serve;
mod service;
mod sessions;
mod support;
mod tls;
mod transfer;
mod ws;
