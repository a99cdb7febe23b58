use async_trait::async_trait;
use jarvis_core::{
    Result,
    ports::{
        Clock,
        transfer::{Cell, OutboxEnds, Portion, Row, Table, TransferSource},
    },
};
use rusqlite::{Connection, OpenFlags};
use std::{path::Path, sync::Arc};

use super::{CACHE_KIB, SqliteTransfer, missing, refuse_unfinished, rows};
use crate::{
    connection::BUSY_TIMEOUT,
    error::{Attempt, Failure},
    migrate,
};

impl SqliteTransfer {
    /// Opens the database at `path` to be copied. Blocks for a moment.
    ///
    /// Errors: `NotFound` when there is none; `Conflict` when its schema is not the newest or when it is an unfinished copy;
    /// `Unavailable` when somebody writes to it.
    pub fn source(path: &Path, clock: &dyn Clock) -> Result<Arc<Self>> {
        if !path.try_exists().map_err(jarvis_core::Error::internal)? {
            return Err(missing().into());
        }
        let connection = open(path)?;
        migrate::ensure(&connection, path, false, clock)?;
        hold(&connection)?;
        Ok(Self::new(path, connection))
    }
}

fn open(path: &Path) -> Attempt<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    Ok(connection)
}

/// The right to write, which is never used: it keeps every other writer out.
fn hold(connection: &Connection) -> Attempt<()> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    refuse_unfinished(connection)
}

#[async_trait]
impl TransferSource for SqliteTransfer {
    async fn count(&self, table: &'static Table) -> Result<u64> {
        self.on_connection(move |connection| {
            let sql = format!("SELECT count(*) FROM {}", table.name);
            let count: i64 = connection.query_row(&sql, [], |row| row.get(0))?;
            Ok(count.unsigned_abs())
        })
        .await
    }

    async fn read(&self, table: &'static Table, after: Option<Vec<Cell>>, portion: Portion) -> Result<Vec<Row>> {
        self.on_connection(move |connection| rows::read(connection, table, after.as_deref(), portion)).await
    }

    async fn outbox(&self) -> Result<OutboxEnds> {
        self.on_connection(|connection| {
            let sql = "SELECT outbox_pruned, outbox_seq FROM store_state WHERE id = 1";
            let ends: (i64, i64) = connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok::<_, Failure>(OutboxEnds { pruned: ends.0.unsigned_abs(), newest: ends.1.unsigned_abs() })
        })
        .await
    }
}
