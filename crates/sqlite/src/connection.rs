//! How connections are opened and set. Every pragma of the product stands here.

use jarvis_core::{Error, ports::Sealer, text};
use rusqlite::{Connection, OpenFlags, config::DbConfig, ffi, functions::FunctionFlags};
use std::{path::Path, sync::Arc, time::Duration};

use crate::{db::column, error::Attempt, migrate};

/// How long a statement waits for another process's lock, such as a migration's.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

/// All statements of a connection stay prepared.
const STATEMENTS: usize = 192;

/// Kibibytes of pages that a reading connection keeps. Not a map of the file: SQLite gives the whole map back whenever another
/// connection has written, and faulting the pages in again costs more than reading them.
const READER_CACHE_KIB: i64 = 2_048;

/// A write-ahead log that once grew larger is cut back to this after it was copied into the database.
const WAL_KEPT_BYTES: i64 = 16 << 20;

/// Opens the connection that writes, and creates the file when there is none. Refuses what another program made.
pub(crate) fn writer(path: &Path) -> Attempt<Connection> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    common(&connection)?;
    // what follows would change the file of another program
    migrate::is_migrated(&connection)?;
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
    connection.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
    Ok(connection)
}

fn common(connection: &Connection) -> Attempt<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // Plans must not depend on bound values: the statement cache clears bindings after each use, and without this
    // SQLite (built with STAT4) would then prepare the statement again at the next.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(())
}

/// Registers the functions that SQL files use. `build.rs` registers a stand-in for each.
pub(crate) fn add_functions(connection: &Connection, sealer: &Arc<dyn Sealer>) -> Attempt<()> {
    let sealer = Arc::clone(sealer);
    // title_contains(sealed title, text): a sealed title can only be searched by opening it
    connection.create_scalar_function("title_contains", 2, FunctionFlags::SQLITE_UTF8, move |call| {
        // a function's error reaches its caller as a code, or as a text that takes the code away: the code is worth more
        let corrupt = ffi::Error::new(ffi::SQLITE_CORRUPT);
        let failed = |_: Error| rusqlite::Error::SqliteFailure(corrupt, None);
        let title = sealer.open(call.get_raw(0).as_blob()?.to_vec(), column::CONVERSATION_TITLE).map_err(failed)?;
        Ok(text::contains_folded(&title, call.get_raw(1).as_str()?))
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jarvis_core::ports::PlainSealer;
    use rusqlite::StatementStatus;
    use tempfile::TempDir;

    fn pragma(connection: &Connection, name: &str) -> String {
        connection
            .pragma_query_value(None, name, |row| {
                Ok(match row.get_ref(0)? {
                    rusqlite::types::ValueRef::Integer(number) => number.to_string(),
                    other => other.as_str()?.to_owned(),
                })
            })
            .unwrap()
    }

    #[test]
    fn writes_are_durable_checked_and_overwritten_when_deleted() {
        let place = TempDir::new().unwrap();
        let path = place.path().join("jarvis.db");
        let connection = writer(&path).unwrap();
        connection.execute_batch("CREATE TABLE t (x)").unwrap();
        let full = "2";
        let incremental = "2";
        for (name, value) in [
            ("journal_mode", "wal"),
            ("synchronous", full),
            ("foreign_keys", "1"),
            ("secure_delete", "1"),
            ("auto_vacuum", incremental),
            ("wal_autocheckpoint", "0"),
        ] {
            assert_eq!(pragma(&connection, name), value, "{name}");
        }
        let reader = reader(&path).unwrap();
        assert_eq!(pragma(&reader, "query_only"), "1");
        assert!(reader.execute_batch("INSERT INTO t VALUES (1)").is_err());
    }

    #[test]
    fn a_cached_statement_is_not_prepared_again() {
        let place = TempDir::new().unwrap();
        let path = place.path().join("jarvis.db");
        let connection = writer(&path).unwrap();
        let sealer: Arc<dyn Sealer> = Arc::new(PlainSealer);
        add_functions(&connection, &sealer).unwrap();
        connection.execute_batch("CREATE TABLE t (x INTEGER, y INTEGER); CREATE INDEX i ON t (x)").unwrap();
        let sql = "SELECT y FROM t WHERE x > ?1 AND (?2 IS NULL OR y = ?2)";
        for number in 0..5 {
            let mut statement = connection.prepare_cached(sql).unwrap();
            assert!(!statement.exists([number, number]).unwrap());
            assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
        }
    }
}
