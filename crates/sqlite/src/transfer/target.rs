use async_trait::async_trait;
use jarvis_core::{
    ErrorKind, Result, Timestamp,
    ports::{
        Clock,
        transfer::{Cell, MoveMark, OutboxEnds, Row, TABLES, Table, TransferTarget},
    },
    types::NodeId,
};
use rusqlite::{Connection, OptionalExtension, params};
use std::{path::Path, sync::Arc};

use super::{CACHE_KIB, SqliteTransfer, rows};
use crate::{connection, error::Attempt, migrate};

/// Pages in the write-ahead log before they are copied into the database.
const CHECKPOINT_PAGES: i64 = 4_000;

/// What the store counts, from what it counts for each user.
const TOTALS: &str = "UPDATE store_state
    SET users = (SELECT count(*) FROM users),
        conversations = (
            SELECT coalesce(sum(conversations_open + conversations_archived + conversations_deleted), 0) FROM user_stats
        ),
        messages = (SELECT coalesce(sum(messages), 0) FROM user_stats),
        memories = (SELECT coalesce(sum(memories), 0) FROM user_stats),
        outbox_seq = ?1,
        outbox_pruned = ?2
    WHERE id = 1";

impl SqliteTransfer {
    /// Opens the database at `path` to be made a copy, making it when there is none and bringing its schema up to date. Blocks
    /// for a moment.
    ///
    /// Errors: `Conflict` when its schema is newer than this program; `Unavailable` when anybody else has it open.
    pub fn target(path: &Path, clock: &dyn Clock) -> Result<Arc<Self>> {
        let connection = connection::writer(path)?;
        migrate::ensure(&connection, path, true, clock)?;
        settle(&connection)?;
        Ok(Self::new(path, connection))
    }
}

fn settle(connection: &Connection) -> Attempt<()> {
    // all of them are looked at in the end: many rows at once are cheaper than each
    connection.pragma_update(None, "foreign_keys", false)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.pragma_update_and_check(None, "wal_autocheckpoint", CHECKPOINT_PAGES, |_| Ok(()))?;
    connection.pragma_update_and_check(None, "locking_mode", "EXCLUSIVE", |_| Ok(()))?;
    // takes the lock, which stays
    connection.execute_batch("BEGIN IMMEDIATE; UPDATE store_state SET id = 1; COMMIT")?;
    Ok(())
}

/// Runs `work` in a transaction.
fn whole<T>(connection: &Connection, work: impl FnOnce(&Connection) -> Attempt<T>) -> Attempt<T> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let outcome = work(connection).and_then(|value| {
        connection.execute_batch("COMMIT")?;
        Ok(value)
    });
    if outcome.is_err() && !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK")?;
    }
    outcome
}

fn begin(connection: &Connection, mark: &MoveMark) -> Attempt<()> {
    for table in TABLES.iter().rev() {
        connection.execute(&format!("DELETE FROM {}", table.name), [])?;
    }
    connection.execute("DELETE FROM moves", [])?;
    connection.execute(
        "INSERT INTO moves (id, source, fingerprint, began_at) VALUES (1, ?1, ?2, ?3)",
        params![mark.source, mark.fingerprint, mark.began_at.as_micros()],
    )?;
    Ok(())
}

fn mark(connection: &Connection) -> Attempt<Option<MoveMark>> {
    let sql = "SELECT source, fingerprint, began_at, finished_at FROM moves";
    let mark = connection.query_row(sql, [], |row| {
        Ok(MoveMark {
            source: row.get(0)?,
            fingerprint: row.get(1)?,
            began_at: Timestamp::from_micros(row.get(2)?),
            finished_at: row.get::<_, Option<i64>>(3)?.map(Timestamp::from_micros),
        })
    });
    Ok(mark.optional()?)
}

fn rename_node(connection: &Connection, old: &NodeId, new: &NodeId, at: Timestamp) -> Attempt<()> {
    let (old, new) = (old.as_str(), new.as_str());
    connection.execute("UPDATE OR REPLACE index_positions SET node = ?2 WHERE node = ?1", [old, new])?;
    connection.execute(
        "INSERT INTO nodes (node, beats, seen_at) VALUES (?1, 1, ?2) ON CONFLICT (node) DO NOTHING",
        params![new, at.as_micros()],
    )?;
    Ok(())
}

fn finish(connection: &Connection, outbox: OutboxEnds, at: Timestamp) -> Attempt<()> {
    let dangling = connection
        .query_row("PRAGMA foreign_key_check", [], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(2)?)))
        .optional()?;
    if let Some((table, parent)) = dangling {
        return Err(ErrorKind::Corrupt
            .error(format!(
                "a row of {table} names a row of {parent} that is not in the source either; run `jarvis doctor` there"
            ))
            .into());
    }
    whole(connection, |connection| {
        connection.execute(TOTALS, params![outbox.newest as i64, outbox.pruned as i64])?;
        connection.execute("UPDATE moves SET finished_at = ?1", [at.as_micros()])?;
        Ok(())
    })
}

#[async_trait]
impl TransferTarget for SqliteTransfer {
    async fn mark(&self) -> Result<Option<MoveMark>> {
        self.on_connection(mark).await
    }

    async fn begin(&self, mark: MoveMark) -> Result<()> {
        self.on_connection(move |connection| whole(connection, |connection| begin(connection, &mark))).await
    }

    async fn last_key(&self, table: &'static Table) -> Result<Option<Vec<Cell>>> {
        self.on_connection(move |connection| rows::last_key(connection, table)).await
    }

    async fn write(&self, table: &'static Table, rows: Vec<Row>) -> Result<()> {
        self.on_connection(move |connection| whole(connection, |connection| rows::write(connection, table, &rows)))
            .await
    }

    async fn rename_node(&self, old: &NodeId, new: &NodeId, at: Timestamp) -> Result<()> {
        let (old, new) = (old.clone(), new.clone());
        self.on_connection(move |connection| whole(connection, |connection| rename_node(connection, &old, &new, at)))
            .await
    }

    async fn finish(&self, outbox: OutboxEnds, at: Timestamp) -> Result<()> {
        self.on_connection(move |connection| finish(connection, outbox, at)).await
    }
}
