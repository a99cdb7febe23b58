//! How connections are opened and set. Every pragma of the product stands here.

use jarvis_core::{ports::Sealer, text};
use rusqlite::{Connection, OpenFlags, config::DbConfig, functions::FunctionFlags};
use std::{path::Path, sync::Arc, time::Duration};

use crate::{db::column, error::Attempt};

/// How long a statement waits for another process's lock, such as a migration's.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

/// All statements of a connection stay prepared.
const STATEMENTS: usize = 128;

/// Pages are read through a map of the file, which is no anonymous memory; what lies beyond is read as usual.
const MMAP_BYTES: i64 = 1 << 30;

/// A write-ahead log that once grew larger is cut back to this after it was copied into the database.
const WAL_KEPT_BYTES: i64 = 16 << 20;

/// Opens the connection that writes, and creates the file when there is none.
pub(crate) fn writer(path: &Path) -> Attempt<Connection> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    common(&connection)?;
    // works only before the first table, and outside a transaction
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    // an acknowledged write survives the loss of power: COMMIT syncs the write-ahead log
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // what is deleted is overwritten
    connection.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    // the checkpointer does it, away from the commit
    connection.pragma_update_and_check(None, "wal_autocheckpoint", 0, |_| Ok(()))?;
    connection.pragma_update_and_check(None, "journal_size_limit", WAL_KEPT_BYTES, |_| Ok(()))?;
    connection.pragma_update(None, "cache_size", -2048)?;
    Ok(connection)
}

/// Opens a connection that reads.
pub(crate) fn reader(path: &Path) -> Attempt<Connection> {
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    common(&connection)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "cache_size", -1024)?;
    Ok(connection)
}

fn common(connection: &Connection) -> Attempt<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // Plans must not depend on bound values: the statement cache clears bindings after each use, and without this
    // SQLite (built with STAT4) would then prepare the statement again at the next.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.pragma_update_and_check(None, "mmap_size", MMAP_BYTES, |_| Ok(()))?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(())
}

/// Registers the functions that SQL files use. `build.rs` registers a stand-in for each.
pub(crate) fn add_functions(connection: &Connection, sealer: &Arc<dyn Sealer>) -> Attempt<()> {
    let sealer = Arc::clone(sealer);
    // title_contains(sealed title, text): a sealed title can only be searched by opening it
    connection.create_scalar_function("title_contains", 2, FunctionFlags::SQLITE_UTF8, move |call| {
        let failed = |error| rusqlite::Error::UserFunctionError(Box::new(error));
        let title = sealer.open(call.get_raw(0).as_blob()?.to_vec(), column::CONVERSATION_TITLE).map_err(failed)?;
        Ok(text::contains_folded(&title, call.get_raw(1).as_str()?))
    })?;
    Ok(())
}
