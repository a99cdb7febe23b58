//! The schema's versions: applied whole or not at all, under SQLite's own write lock, after a proven copy.

mod copy;
mod migrator;
mod validate;

use jarvis_core::{
    Error, ErrorKind, Result,
    policy::schema::{AppliedMigration, KnownMigration, foreign, refuse_disagreement, refuse_older},
    ports::Clock,
};
use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};
use std::{fmt::Write as _, path::Path, time::Duration};

use crate::{connection::BUSY_TIMEOUT, error::Attempt, row};

pub(crate) use copy::all as copies;
pub use migrator::SqliteMigrator;

/// How long to wait for another process that migrates.
const LOCK_WAIT: Duration = Duration::from_mins(1);

/// One step of the schema, from `migrations/`.
pub(crate) struct Migration {
    pub(crate) number: u32,
    pub(crate) name: &'static str,
    pub(crate) up: &'static str,
    pub(crate) down: &'static str,
}

impl Migration {
    fn checksum(&self) -> String {
        let mut text = String::with_capacity(64);
        for byte in Sha256::digest(self.up.as_bytes()) {
            let _ = write!(text, "{byte:02x}"); // writing to a string cannot fail
        }
        text
    }
}

/// What this build knows, by number from 1.
pub(crate) static MIGRATIONS: &[Migration] = include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

/// The same, as the rules on versions want it.
fn known() -> Vec<KnownMigration> {
    let known = |one: &Migration| KnownMigration { number: one.number, name: one.name, checksum: one.checksum() };
    MIGRATIONS.iter().map(known).collect()
}

/// Makes the schema current, or refuses: a newer one always, an older one when `auto` is off.
pub(crate) fn ensure(connection: &Connection, path: &Path, auto: bool, clock: &dyn Clock) -> Result<()> {
    let known = known();
    let refused = refuse_older(&known, refuse_disagreement(&known, &applied(connection)?)?);
    if refused.is_ok() || !auto {
        return refused;
    }
    up(connection, path, None, clock).map(drop)
}

/// Applies pending migrations up to `target`; the numbers applied.
pub(crate) fn up(connection: &Connection, path: &Path, target: Option<u32>, clock: &dyn Clock) -> Result<Vec<u32>> {
    exclusively(connection, |connection| {
        let at = refuse_disagreement(&known(), &applied(connection)?)?;
        let pending: Vec<&Migration> = MIGRATIONS
            .iter()
            .filter(|migration| migration.number > at && target.is_none_or(|target| migration.number <= target))
            .collect();
        if let Some(first) = pending.first() {
            copy::keep(connection, path, &format!("before-{}", first.number))?;
        }
        pending.into_iter().map(|migration| apply(connection, migration, clock)).collect()
    })
}

/// Undoes migrations above `target`; the numbers undone.
pub(crate) fn down(connection: &Connection, path: &Path, target: u32) -> Result<Vec<u32>> {
    exclusively(connection, |connection| {
        let at = refuse_disagreement(&known(), &applied(connection)?)?;
        let above: Vec<&Migration> =
            MIGRATIONS.iter().rev().filter(|migration| migration.number > target && migration.number <= at).collect();
        if !above.is_empty() {
            copy::keep(connection, path, &format!("before-down-to-{target}"))?;
        }
        above.into_iter().map(|migration| undo(connection, migration)).collect()
    })
}

/// What the store says it has, by number; nothing when it was never migrated. Refuses what another program made.
pub(crate) fn applied(connection: &Connection) -> Attempt<Vec<AppliedMigration>> {
    if !is_migrated(connection)? {
        return Ok(Vec::new());
    }
    let mut statement =
        connection.prepare("SELECT number, name, checksum, applied_at FROM schema_migrations ORDER BY number")?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (number, name, checksum, at) = (row.get(0)?, row.get(1)?, row.get(2)?, row::time(row, 3)?);
        found.push(AppliedMigration { number, name, checksum, at, finished: true });
    }
    Ok(found)
}

/// Whether the file was ever migrated.
///
/// Errors: `Invalid` when there are tables that another program made.
pub(crate) fn is_migrated(connection: &Connection) -> Attempt<bool> {
    // asked of the file: the connection's own idea of the schema may be from before another process migrated
    let tables = "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_'";
    let mut tables = connection.prepare(tables)?;
    let mut rows = tables.query([])?;
    let mut other = None;
    while let Some(row) = rows.next()? {
        let (name, sql): (String, String) = (row.get(0)?, row.get(1)?);
        // frameworks of other programs have a table of this name, too
        if name == "schema_migrations" && sql.contains("checksum") && sql.contains("applied_at") {
            return Ok(true);
        }
        other = Some(name);
    }
    other.map_or(Ok(false), |table| Err(foreign(&table).into()))
}

/// Runs `work` in one transaction that keeps every other process from writing. Foreign keys are checked at its end
/// instead of meanwhile, so that a table can be rebuilt.
fn exclusively<T>(connection: &Connection, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
    let sql = |text: &str| -> Result<()> { Ok(connection.execute_batch(text).map_err(crate::error::Failure::from)?) };
    connection.busy_timeout(LOCK_WAIT).map_err(crate::error::Failure::from)?;
    sql("PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE")?;
    let outcome = work(connection).and_then(|value| sql("COMMIT").map(|()| value));
    if outcome.is_err() && !connection.is_autocommit() {
        sql("ROLLBACK")?;
    }
    sql("PRAGMA foreign_keys = ON")?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(crate::error::Failure::from)?;
    outcome
}

fn apply(connection: &Connection, migration: &Migration, clock: &dyn Clock) -> Result<u32> {
    step(connection, migration, migration.up)?;
    let record = || -> Attempt<()> {
        connection.execute_batch(
            "CREATE TABLE IF NOT EXISTS schema_migrations (
                number INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at INTEGER NOT NULL
            ) STRICT",
        )?;
        connection.execute(
            "INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES (?1, ?2, ?3, ?4)",
            params![migration.number, migration.name, migration.checksum(), clock.now().as_micros()],
        )?;
        Ok(())
    };
    record()?;
    Ok(migration.number)
}

fn undo(connection: &Connection, migration: &Migration) -> Result<u32> {
    step(connection, migration, migration.down)?;
    let forget = || -> Attempt<usize> {
        Ok(connection.execute("DELETE FROM schema_migrations WHERE number = ?1", [migration.number])?)
    };
    forget()?;
    Ok(migration.number)
}

fn step(connection: &Connection, migration: &Migration, sql: &str) -> Result<()> {
    let run = || -> Attempt<bool> {
        connection.execute_batch(sql)?;
        Ok(connection.prepare("PRAGMA foreign_key_check")?.exists([])?)
    };
    let Migration { number, name, .. } = migration;
    let dangling = run().map_err(|failure| {
        let cause = Error::from(failure);
        cause
            .kind()
            .error(format!("migration {number} ({name}) failed and was undone; the database is as it was"))
            .with_source(cause)
    })?;
    if dangling {
        return Err(ErrorKind::Corrupt
            .error(format!("migration {number} ({name}) would leave rows that refer to nothing; it was undone")));
    }
    Ok(())
}
