//! Taking what was deleted out of the files.
//!
//! Rows that were deleted stay in their pages until others take the place; only writing the tables again leaves them behind.
//! The server's own log and copies of it are its operator's.

use jarvis_core::Result;
use sqlx::{Connection, Executor, PgConnection};

use crate::{error::Failure, migrate};

/// Tables that hold what belongs to people.
const REWRITE: &str = "VACUUM (FULL) memory_sources, memories, vector_entries, collections, generation_parts, generations, \
    messages, conversations, sessions, foreign_ids, idempotency_keys, activity, user_stats, users";

/// Writes the tables again, each in a transaction of its own. One that is being written is not to be used, so everybody waits
/// for it: about a second for each hundred megabytes. `Unavailable` when something that runs keeps a table.
pub(crate) async fn scrub(url: &str) -> Result<()> {
    let mut connection: PgConnection = migrate::connect(url).await?;
    let outcome = connection.execute(REWRITE).await;
    let _ = connection.close().await; // whatever was asked is done
    outcome.map(drop).map_err(|error| Failure::from(error).into())
}
