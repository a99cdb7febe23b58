//! One process migrates at a time.

use jarvis_core::{ErrorKind, Result};
use sqlx::PgConnection;
use std::time::Duration;

use crate::error::{Failure, RETRY_AFTER};

/// Names the lock among the database's advisory locks: the first letters of the product and of what it is for.
const KEY: i64 = i64::from_be_bytes(*b"jrvsmigr");
/// How long to wait for another process that migrates.
const WAIT: Duration = Duration::from_mins(1);
/// How often it is looked whether that one is done. Waiting within a statement would hold up the other: an index that is built
/// concurrently waits for every statement that began before.
const LOOK: Duration = Duration::from_millis(100);

/// Takes the lock for the session.
pub(super) async fn take(connection: &mut PgConnection) -> Result<()> {
    let taken = async {
        loop {
            let taken: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)")
                .bind(KEY)
                .fetch_one(&mut *connection)
                .await
                .map_err(Failure::from)?;
            if taken {
                return Ok(());
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::time::timeout(WAIT, taken).await.unwrap_or_else(|_| {
        Err(ErrorKind::Unavailable
            .error("another process has been migrating the database for a minute; try again when it is done")
            .with_retry_after(RETRY_AFTER))
    })
}

/// Gives it back; the end of the session does it too.
pub(super) async fn give_back(connection: &mut PgConnection) {
    let _ = sqlx::query("SELECT pg_advisory_unlock($1)").bind(KEY).execute(connection).await;
}
