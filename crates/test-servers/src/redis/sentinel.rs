//! A master and its replica, watched by three Sentinels.

use std::io;

use super::{Kind, Redis};
use crate::port;

/// Under which name the Sentinels know the master.
const MASTER: &str = "jarvis";

/// Ended with the value.
#[derive(Debug)]
pub struct Sentinels {
    sentinels: Vec<Redis>,
    data: Vec<Redis>,
}

impl Sentinels {
    /// Starts all five: ready when every Sentinel knows the others and the replica, and the replica is in step.
    ///
    /// A master that is lost for a second is replaced by its replica.
    pub fn start() -> io::Result<Self> {
        let master = Redis::start()?;
        let mut replica = Redis::start_with(&format!("replicaof 127.0.0.1 {}", master.port()))?;
        replica.wait_for(&["INFO", "replication"], "master_link_status:up")?;
        let configuration = format!(
            "sentinel monitor {MASTER} 127.0.0.1 {} 2\nsentinel down-after-milliseconds {MASTER} 1000\n\
             sentinel failover-timeout {MASTER} 5000",
            master.port()
        );
        let start = |_| port::with_port(|port| Redis::make(Kind::Sentinel, port, &configuration));
        let mut sentinels: Vec<Redis> = (0..3).map(start).collect::<io::Result<_>>()?;
        for sentinel in &mut sentinels {
            let knows = ["num-slaves\n1\n", "num-other-sentinels\n2\n"];
            for knows in knows {
                sentinel.wait_for(&["SENTINEL", "MASTER", MASTER], knows)?;
            }
        }
        Ok(Self { sentinels, data: vec![master, replica] })
    }

    /// `redis+sentinel://` with the addresses of the three and the master's name.
    pub fn url(&self) -> String {
        let addresses: Vec<String> =
            self.sentinels.iter().map(|sentinel| format!("127.0.0.1:{}", sentinel.port())).collect();
        format!("redis+sentinel://{}/{MASTER}", addresses.join(","))
    }

    /// The servers that hold data: the master and the replica, as they were at the beginning.
    pub fn data(&mut self) -> &mut [Redis] {
        &mut self.data
    }
}
