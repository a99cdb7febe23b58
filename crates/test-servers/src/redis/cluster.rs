//! Six nodes of a Redis Cluster.

use std::io;
use std::process::Command;

use super::{Kind, Redis};
use crate::port;
use crate::process::run;

const MASTERS: usize = 3;
const NODES: usize = 2 * MASTERS;
/// Hash slots of a cluster.
const SLOTS: usize = 16_384;

/// Three masters, each with a replica; ended with the value.
#[derive(Debug)]
pub struct Cluster {
    nodes: Vec<Redis>,
}

impl Cluster {
    /// Starts the nodes and joins them: ready when every slot is served and every replica is in step.
    ///
    /// A node that is lost for three seconds is replaced by its replica.
    pub fn start() -> io::Result<Self> {
        let configuration = "cluster-enabled yes\ncluster-config-file nodes.conf\ncluster-node-timeout 3000";
        let start = |_| port::with_port(|port| Redis::make(Kind::Data, port, configuration));
        let mut cluster = Self { nodes: (0..NODES).map(start).collect::<io::Result<_>>()? };
        let addresses = cluster.nodes.iter().map(|node| format!("127.0.0.1:{}", node.port()));
        let mut create = Command::new("redis-cli");
        create.args(["--cluster", "create"]).args(addresses).args(["--cluster-replicas", "1", "--cluster-yes"]);
        run(&mut create)?;
        for node in &mut cluster.nodes {
            node.wait_for(&["CLUSTER", "INFO"], "cluster_state:ok")?;
            node.wait_for(&["CLUSTER", "INFO"], &format!("cluster_known_nodes:{NODES}"))?;
        }
        for replica in &mut cluster.nodes[MASTERS..] {
            replica.wait_for(&["INFO", "replication"], "master_link_status:up")?;
        }
        Ok(cluster)
    }

    /// Address of one node, from which clients learn the others.
    pub fn url(&self) -> String {
        self.nodes[0].url()
    }

    /// The nodes: masters first, as they were at the beginning.
    pub fn nodes(&mut self) -> &mut [Redis] {
        &mut self.nodes
    }

    /// Moves this many slots from the first of the first three nodes to the second, as clients go on.
    ///
    /// Takes long for many slots; a hundred take a second or two.
    pub fn reshard(&self, slots: usize) -> io::Result<()> {
        let [from, to, ..] = self.nodes.as_slice() else { return Ok(()) };
        let (from, to) = (from.command(&["CLUSTER", "MYID"])?, to.command(&["CLUSTER", "MYID"])?);
        let mut reshard = Command::new("redis-cli");
        reshard.args(["--cluster", "reshard", &format!("127.0.0.1:{}", self.nodes[2].port())]);
        reshard.args(["--cluster-from", &from, "--cluster-to", &to, "--cluster-yes"]);
        run(reshard.args(["--cluster-slots", &slots.min(SLOTS).to_string()])).map(|_| ())
    }
}
