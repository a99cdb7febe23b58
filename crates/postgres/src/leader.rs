//! Which of the nodes that share a database leads: the one whose session holds a lock.

use async_trait::async_trait;
use jarvis_core::{
    Result,
    ports::{Leader, Leadership},
};
use sqlx::{ConnectOptions, PgConnection, postgres::PgConnectOptions};
use std::{fmt, time::Duration};

use crate::{
    error::{Attempt, Failure},
    pool,
};

/// Names the lock among the database's advisory locks: the first letters of the product and of what it is for.
const KEY: i64 = i64::from_be_bytes(*b"jrvslead");
/// How often a node that waits looks. Waiting within a statement would hold up an index that is built concurrently.
const LOOK: Duration = Duration::from_millis(500);
/// How often the leader makes sure that it still is, and how long the server may take to say so.
pub(crate) const BEAT: Duration = Duration::from_secs(1);
pub(crate) const PATIENCE: Duration = Duration::from_secs(3);

/// Chooses among the nodes that share a database.
#[derive(Clone)]
pub struct PostgresLeader(PgConnectOptions);

impl PostgresLeader {
    /// Among those of the database at `url`. `Invalid` when it is none.
    pub fn new(url: &str) -> Result<Self> {
        vanishing(url).map(Self)
    }

    async fn wait(&self) -> Attempt<PgConnection> {
        let mut connection = self.0.connect().await?;
        while !take(&mut connection, KEY).await? {
            tokio::time::sleep(LOOK).await;
        }
        Ok(connection)
    }
}

/// A connection whose session ends within seconds instead of hours when its machine vanished, with the locks it holds.
pub(crate) fn vanishing(url: &str) -> Result<PgConnectOptions> {
    let alive = [("tcp_keepalives_idle", "5"), ("tcp_keepalives_interval", "2"), ("tcp_keepalives_count", "3")];
    Ok(pool::parse(url)?.options(alive))
}

/// Takes a lock for the session, when it is free. A session that has it takes it again.
pub(crate) async fn take(connection: &mut PgConnection, key: i64) -> Attempt<bool> {
    Ok(sqlx::query_file_scalar!("sql/leader/take.sql", key).fetch_one(connection).await?)
}

/// Whether the session still has a lock.
pub(crate) async fn holds(connection: &mut PgConnection, key: i64) -> Attempt<bool> {
    Ok(sqlx::query_file_scalar!("sql/leader/holds.sql", key).fetch_one(connection).await?)
}

impl fmt::Debug for PostgresLeader {
    /// Without the address, which holds a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresLeader").finish_non_exhaustive()
    }
}

#[async_trait]
impl Leader for PostgresLeader {
    async fn lead(&self) -> Result<Leadership> {
        let mut connection = self.wait().await?;
        // the connection goes with the future, and the lock with the connection
        Ok(Box::pin(async move {
            loop {
                tokio::time::sleep(BEAT).await;
                match tokio::time::timeout(PATIENCE, holds(&mut connection, KEY)).await {
                    Ok(Ok(true)) => {}
                    Ok(Ok(false)) | Err(_) => break,
                    Ok(Err(failure)) => {
                        log(&failure);
                        break;
                    }
                }
            }
            tracing::info!("this server does not lead any more");
        }))
    }
}

fn log(failure: &Failure) {
    tracing::debug!(?failure, "the connection that leads was lost");
}
