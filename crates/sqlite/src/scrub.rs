//! Taking what was deleted out of the files.
//!
//! `secure_delete` overwrites rows where they stood last. The write-ahead log still holds the pages as they were, and the free
//! space of pages that rows were moved out of when a page was split holds what they were: only writing the database again
//! leaves that behind.

use jarvis_core::{ErrorKind, Result};
use rusqlite::Connection;
use std::{fs, path::Path};

use crate::{
    connection,
    error::{Attempt, RETRY_AFTER},
    migrate,
};

/// Writes the database again, empties the log and removes the copies that were kept before migrations. Blocks for as long as
/// writing takes what is left, about a second for each hundred megabytes; others may read meanwhile.
pub(crate) fn scrub(path: &Path) -> Result<()> {
    let emptied = connection::writer(path).and_then(|connection| {
        // what is left may be large
        connection.pragma_update(None, "temp_store", "FILE")?;
        connection.execute_batch("VACUUM")?;
        empty_log(&connection)
    })?;
    if !emptied {
        return Err(ErrorKind::Unavailable
            .error("what was deleted stays in the database's log while something is read; try again")
            .with_retry_after(RETRY_AFTER));
    }
    for copy in migrate::copies(path)? {
        fs::remove_file(&copy).map_err(|cause| {
            ErrorKind::Unavailable
                .error("a copy of the database from before a migration cannot be removed; check its permissions")
                .with_source(cause)
        })?;
        tracing::info!(copy = %copy.display(), "removed a copy of the database from before a migration");
    }
    Ok(())
}

/// Copies the log into the database and cuts it to nothing; false when somebody still reads from it.
pub(crate) fn empty_log(connection: &Connection) -> Attempt<bool> {
    let mut busy = 1;
    connection.pragma_update_and_check(None, "wal_checkpoint", "TRUNCATE", |row| {
        busy = row.get(0)?;
        Ok(())
    })?;
    Ok(busy == 0)
}
