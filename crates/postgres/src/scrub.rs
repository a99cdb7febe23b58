//! Taking what was deleted out of the files.
//!
//! Rows that were deleted stay in their pages until others take the place; only writing the tables again leaves them behind.
//! The server's own log and copies of it are its operator's.

use jarvis_core::{ErrorKind, Result};
use sqlx::{Connection, Executor, PgConnection};
use std::time::Duration;
use tokio::time::sleep;

use crate::{
    error::{Attempt, RETRY_AFTER},
    migrate,
};

/// How often, and how far apart, it is looked whether somebody still sees what was deleted: ten seconds in all.
const LOOKS: u32 = 100;
const PAUSE: Duration = Duration::from_millis(100);

/// Tables that hold what belongs to people.
const REWRITE: &str = "VACUUM (FULL) memory_sources, memories, vector_entries, collections, generation_parts, generations, \
    messages, conversations, sessions, foreign_ids, idempotency_keys, activity, user_stats, audit_log, \
    refresh_tokens, logins, api_keys, accounts, users";

/// Writes the tables again, each in a transaction of its own. One that is being written is not to be used, so everybody waits
/// for it: about a second for each hundred megabytes. `Unavailable` when something that runs keeps a table.
pub(crate) async fn scrub(url: &str) -> Result<()> {
    let mut connection: PgConnection = migrate::connect(url).await?;
    let outcome = rewrite(&mut connection).await;
    let _ = connection.close().await; // whatever was asked is done
    outcome.map_err(Into::into)
}

async fn rewrite(connection: &mut PgConnection) -> Attempt<()> {
    until_unseen(connection).await?;
    Ok(connection.execute(REWRITE).await.map(drop)?)
}

/// Waits until no transaction sees what was deleted before: the server keeps rows that somebody may still read, also when it
/// writes a table again. `Unavailable` when one goes on for long.
pub(crate) async fn until_unseen(connection: &mut PgConnection) -> Attempt<()> {
    let now = sqlx::query_file_scalar!("sql/scrub/now.sql").fetch_one(&mut *connection).await?;
    for _ in 0..LOOKS {
        if !sqlx::query_file_scalar!("sql/scrub/is_seen.sql", now).fetch_one(&mut *connection).await? {
            return Ok(());
        }
        sleep(PAUSE).await;
    }
    let message =
        "something that reads the database for long keeps what was removed; it is tried again when that has ended";
    Err(ErrorKind::Unavailable.error(message).with_retry_after(RETRY_AFTER).into())
}
