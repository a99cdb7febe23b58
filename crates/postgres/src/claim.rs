//! Of the processes that would work under one node's name, the first one does: its session holds a lock.

use jarvis_core::{Result, types::NodeId};
use sha2::{Digest, Sha256};
use sqlx::{ConnectOptions, PgConnection, postgres::PgConnectOptions};
use std::{fmt, time::Duration};
use tokio::{task::JoinHandle, time::sleep};

use crate::{
    error::Attempt,
    leader::{BEAT, PATIENCE, holds, take, vanishing},
};

/// How often it is looked, and for how many times, whether a process that was killed a moment ago has left.
const LEAVING: (u32, Duration) = (30, Duration::from_millis(100));

/// A node's name in a database, held until dropped.
pub struct PostgresClaim(JoinHandle<()>);

impl PostgresClaim {
    /// Takes the name in the database at `url`; none when another living process has it. A session that ends, as when the
    /// database starts again, is replaced behind the scenes.
    pub async fn take(url: &str, node: &NodeId) -> Result<Option<Self>> {
        let (options, key) = (vanishing(url)?, key(node));
        let (looks, pause) = LEAVING;
        for _ in 0..looks {
            if let Some(connection) = attempt(&options, key).await? {
                return Ok(Some(Self(tokio::spawn(keep(connection, options, key, node.clone())))));
            }
            sleep(pause).await;
        }
        Ok(None)
    }
}

impl Drop for PostgresClaim {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl fmt::Debug for PostgresClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresClaim").finish_non_exhaustive()
    }
}

/// Names the lock among the database's advisory locks.
fn key(node: &NodeId) -> i64 {
    let hash = Sha256::digest(format!("jarvis node {node}").as_bytes());
    hash.iter().take(8).fold(0, |key, byte| (key << 8) | i64::from(*byte))
}

async fn attempt(options: &PgConnectOptions, key: i64) -> Attempt<Option<PgConnection>> {
    let mut connection = options.connect().await?;
    Ok(take(&mut connection, key).await?.then_some(connection))
}

/// Holds the name, on one connection after the other.
async fn keep(mut connection: PgConnection, options: PgConnectOptions, key: i64, node: NodeId) {
    loop {
        while matches!(tokio::time::timeout(PATIENCE, holds(&mut connection, key)).await, Ok(Ok(true))) {
            sleep(BEAT).await;
        }
        let mut is_told = false;
        connection = loop {
            match attempt(&options, key).await {
                Ok(Some(again)) => break again,
                Ok(None) if !std::mem::replace(&mut is_told, true) => {
                    tracing::error!(%node, "another server works under the name of this one; stop one of them");
                }
                Ok(None) => {}
                Err(failure) => tracing::debug!(?failure, "the name of this server is not held; trying again"),
            }
            sleep(BEAT).await;
        };
    }
}
