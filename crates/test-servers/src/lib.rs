//! Real servers for tests, as processes of our own: PostgreSQL, Redis (alone, as a cluster, behind Sentinels), nginx.
//!
//! Two ways to have one:
//!
//! - **The shared ones**, started by `cargo xtask test` and `cargo xtask servers` and told in environment variables
//!   ([`POSTGRES`], [`PGVECTOR`], [`REDIS`], [`REDIS_CLUSTER`], [`REDIS_SENTINEL`]). [`given`] reads one. Tests run beside
//!   each other: make a [`Database`] of your own, use a prefix of your own in Redis, and stop nothing.
//! - **One of a test's own**, to be killed, paused, filled or promoted: [`Postgres::start`], [`Redis::start`] and so on.
//!
//! Whatever is started here listens on 127.0.0.1 only, keeps its files in a temporary directory, and ends with the value
//! that stands for it. It also ends when the process that started it dies, however that comes: a watcher waits for that.
//!
//! Everything blocks; in an async test start servers in `spawn_blocking`, or before the runtime has work. For development
//! only: no crate may name this one outside of its tests, xtask excepted.

mod home;
mod nginx;
mod port;
mod postgres;
mod process;
mod proxy;
mod redis;

use std::env;

pub use crate::nginx::Nginx;
pub use crate::port::free as free_port;
pub use crate::postgres::{Database, Postgres, PostgresPrograms, Row, Session, Settings};
pub use crate::proxy::Proxy;
pub use crate::redis::{Cluster, Redis, Sentinels, redis_command};

/// URL of a PostgreSQL server on which tests make databases of their own.
pub const POSTGRES: &str = "JARVIS_TEST_POSTGRES";
/// The same, of a server that has the extension `vector`.
pub const PGVECTOR: &str = "JARVIS_TEST_PGVECTOR";
/// URL of a Redis server that stands alone.
pub const REDIS: &str = "JARVIS_TEST_REDIS";
/// URL of one node of a Redis Cluster of six.
pub const REDIS_CLUSTER: &str = "JARVIS_TEST_REDIS_CLUSTER";
/// URL that names three Sentinels and their master.
pub const REDIS_SENTINEL: &str = "JARVIS_TEST_REDIS_SENTINEL";

/// Set to anything where tests may start an nginx of their own.
pub const NGINX: &str = "JARVIS_TEST_NGINX";

/// What one of the variables above says; without it, says on standard output that the test is skipped.
#[expect(clippy::print_stdout, reason = "a skipped test says so")]
pub fn given(variable: &str) -> Option<String> {
    let given = env::var(variable).ok().filter(|url| !url.is_empty());
    if given.is_none() {
        println!("skipped: {variable} is not set; `cargo xtask test` sets it, `cargo xtask servers` prints it");
    }
    given
}
