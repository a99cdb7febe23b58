//! Two servers on one PostgreSQL and one Redis, while these or the servers themselves are killed, moved and filled up.
//!
//! Whatever happens: who writes sees nothing but errors that may be repeated, what was acknowledged is there exactly once on
//! both servers, and both go on by themselves. `JARVIS_FAULT_SECS` (1) says how long each phase of the load lasts.

mod crash;
mod disk;
mod load;
mod nginx;
mod postgres;
mod redis;

use std::{path::PathBuf, time::Duration};

use jarvis_test_servers::{POSTGRES, REDIS, free_port, given};
use tokio::task::block_in_place;

use crate::{
    crash::number,
    ledger::{Kind, Write, check, check_counters, marker},
    server::{Api, Server, bare},
};

/// No write of a load has this number.
const LAST: u64 = 99_999_999;

/// Whether the machine has what the tests here start for themselves.
fn possible() -> bool {
    given(POSTGRES).is_some() && given(REDIS).is_some()
}

/// How long a phase of load lasts.
async fn for_a_while() {
    tokio::time::sleep(Duration::from_secs(number("JARVIS_FAULT_SECS").unwrap_or(1))).await;
}

/// Two servers that stand on the same: each has an address and a data directory of its own, at every start the same.
struct Two {
    dir: tempfile::TempDir,
    environment: Vec<(&'static str, String)>,
    ports: [u16; 2],
}

impl Two {
    fn new(database: String, redis: String) -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            environment: vec![("DATABASE_URL", database), ("REDIS_URL", redis)],
            ports: [free_port().unwrap(), free_port().unwrap()],
        }
    }

    fn with(mut self, variable: &'static str, value: impl Into<String>) -> Self {
        self.environment.push((variable, value.into()));
        self
    }

    fn data_dir(&self, which: usize) -> PathBuf {
        self.dir.path().join(["one", "two"][which])
    }

    fn start(&self, which: usize) -> Server {
        self.try_start(which).unwrap_or_else(|log| panic!("the server did not become ready:\n{log}"))
    }

    /// `Err` holds what a server told that ended before it was ready.
    fn try_start(&self, which: usize) -> Result<Server, String> {
        let mut command = bare(&self.data_dir(which));
        command.env("LIMITS_ENABLED", "false");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.args(["serve", "--port", &self.ports[which].to_string()]);
        block_in_place(|| Server::try_start(&mut command))
    }

    fn start_both(&self) -> [Server; 2] {
        [self.start(0), self.start(1)]
    }

    /// Where they are, whether they run or not.
    fn apis(&self) -> Vec<Api> {
        self.ports.iter().map(|port| Api::at(format!("http://127.0.0.1:{port}"))).collect()
    }
}

/// Both servers have every acknowledged write once, and count right.
async fn check_both(servers: &[Server; 2], writes: &[Write]) {
    assert!(writes.len() > 20, "there was no load");
    // what is written last is found last, by a server that heard of it late, too
    let mut last = Write { marker: marker(LAST), kind: Kind::Memory, key: None, acknowledged: None };
    last.try_send(&servers[0]).await;
    assert!(last.acknowledged.is_some(), "nothing can be written");
    for server in servers {
        server.finds(&last.marker).await;
        check(server, writes).await;
        check_counters(server).await;
    }
}
