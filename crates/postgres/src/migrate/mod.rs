//! The schema's versions: applied whole or not at all, while no other process does.

mod lock;
mod migrator;
mod validate;

use chrono::{DateTime, Utc};
use jarvis_core::{
    Error, ErrorKind, Result, Timestamp,
    policy::schema::{AppliedMigration, KnownMigration, foreign, refuse_disagreement, refuse_older, tables_made},
    ports::Clock,
};
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Executor, PgConnection};
use std::fmt::Write as _;

use crate::{
    error::{Attempt, Failure},
    row,
};

pub use migrator::PostgresMigrator;
pub(crate) use migrator::connect;

/// One step of the schema, from `migrations/`.
pub(crate) struct Migration {
    pub(crate) number: u32,
    /// Its number and its words, as in the name of its files.
    file: &'static str,
    up: &'static str,
    down: &'static str,
}

/// What begins the part of a migration that runs outside of a transaction.
const CONCURRENTLY: &str = "\n-- concurrently:";

impl Migration {
    pub(crate) fn name(&self) -> &'static str {
        self.file.split_once('_').map_or(self.file, |(_, words)| words)
    }

    pub(crate) fn checksum(&self) -> String {
        let mut text = String::with_capacity(64);
        for byte in Sha256::digest(self.up.as_bytes()) {
            let _ = write!(text, "{byte:02x}"); // writing to a string cannot fail
        }
        text
    }

    /// What runs in a transaction, and the statements that run behind it, one by one.
    fn parts(&self) -> (&'static str, Vec<&'static str>) {
        let (together, behind) = self.up.split_once(CONCURRENTLY).unwrap_or((self.up, ""));
        // the rest of the line that begins the part is a comment
        let behind = behind.split_once('\n').map_or("", |(_, statements)| statements);
        let statements = behind.split(';').map(str::trim).filter(|statement| !statement.is_empty());
        (together, statements.collect())
    }

    /// All of it, for a transaction in which nobody else waits.
    fn whole(&self) -> String {
        self.up.replace(" CONCURRENTLY", "")
    }
}

/// Names the files of the migrations, in their order from 1.
macro_rules! migrations {
    ($($number:literal $file:literal),+ $(,)?) => {
        &[$(Migration {
            number: $number,
            file: $file,
            up: include_str!(concat!("../../migrations/", $file, ".up.sql")),
            down: include_str!(concat!("../../migrations/", $file, ".down.sql")),
        }),+]
    };
}

/// What this build knows, by number from 1.
pub(crate) static MIGRATIONS: &[Migration] = migrations![
    1 "0001_foundation",
    2 "0002_memories",
    3 "0003_vectors",
    4 "0004_bookkeeping",
    5 "0005_foreign_ids",
    6 "0006_generations",
    7 "0007_prompt_and_slots",
    8 "0008_ownership",
    9 "0009_nodes",
    10 "0010_moving",
    11 "0011_accounts",
    12 "0012_sealing",
    13 "0013_audit_chain",
    14 "0014_storage_of_conversations",
];

/// The same, as the rules on versions want it.
fn known() -> Vec<KnownMigration> {
    let known = |one: &Migration| KnownMigration { number: one.number, name: one.name(), checksum: one.checksum() };
    MIGRATIONS.iter().map(known).collect()
}

/// Makes the schema current, or refuses: a newer one always, an older one when `auto` is off.
pub(crate) async fn ensure(connection: &mut PgConnection, auto: bool, clock: &dyn Clock) -> Result<()> {
    let known = known();
    let refused = refuse_older(&known, refuse_disagreement(&known, &applied(connection).await?)?);
    if refused.is_ok() || !auto {
        return refused;
    }
    up(connection, None, clock).await.map(drop)
}

/// Applies pending migrations up to `target`; the numbers applied.
pub(crate) async fn up(connection: &mut PgConnection, target: Option<u32>, clock: &dyn Clock) -> Result<Vec<u32>> {
    lock::take(connection).await?;
    let outcome = climb(connection, target, clock).await;
    lock::give_back(connection).await;
    outcome
}

async fn climb(connection: &mut PgConnection, target: Option<u32>, clock: &dyn Clock) -> Result<Vec<u32>> {
    let applied = applied(connection).await?;
    let at = refuse_disagreement(&known(), &applied)?;
    let (fresh, begun) = (applied.is_empty(), applied.len() as u32);
    let mut done = Vec::new();
    for migration in MIGRATIONS.iter().filter(|one| one.number > at && target.is_none_or(|last| one.number <= last)) {
        if fresh {
            together(connection, migration, &migration.whole(), Some((clock.now(), true))).await?;
        } else {
            let (sql, behind) = migration.parts();
            // one that broke off behind its transaction is gone on with
            if migration.number > begun {
                together(connection, migration, sql, Some((clock.now(), behind.is_empty()))).await?;
            }
            one_by_one(connection, migration, &behind).await?;
        }
        done.push(migration.number);
    }
    Ok(done)
}

/// Undoes migrations above `target`; the numbers undone.
pub(crate) async fn down(connection: &mut PgConnection, target: u32) -> Result<Vec<u32>> {
    lock::take(connection).await?;
    let outcome = descend(connection, target).await;
    lock::give_back(connection).await;
    outcome
}

async fn descend(connection: &mut PgConnection, target: u32) -> Result<Vec<u32>> {
    let applied = applied(connection).await?;
    let at = refuse_disagreement(&known(), &applied)?;
    if let Some(broken) = applied.get(at as usize) {
        return Err(ErrorKind::Conflict.error(format!(
            "migration {} ({}) is not finished; run `jarvis migrate up` first",
            broken.number, broken.name
        )));
    }
    let mut done = Vec::new();
    for migration in MIGRATIONS.iter().rev().filter(|one| one.number > target && one.number <= at) {
        together(connection, migration, migration.down, None).await?;
        done.push(migration.number);
    }
    Ok(done)
}

/// What the store says it has, by number; nothing when it was never migrated. Refuses what another program made.
pub(crate) async fn applied(connection: &mut PgConnection) -> Attempt<Vec<AppliedMigration>> {
    if !is_migrated(connection).await? {
        return Ok(Vec::new());
    }
    let rows: Vec<(i32, String, String, DateTime<Utc>, bool)> =
        sqlx::query_as("SELECT number, name, checksum, applied_at, finished FROM schema_migrations ORDER BY number")
            .fetch_all(connection)
            .await?;
    let applied = rows.into_iter().map(|(number, name, checksum, at, finished)| AppliedMigration {
        number: number.unsigned_abs(),
        name,
        checksum,
        at: row::time(at),
        finished,
    });
    Ok(applied.collect())
}

/// Whether the schema was ever migrated. Other tables may be there, as long as they are not in the way.
///
/// Errors: `Invalid` when there are tables where those of the migrations would be, which another program made.
async fn is_migrated(connection: &mut PgConnection) -> Attempt<bool> {
    // frameworks of other programs have a table of this name, too
    let ours = "SELECT count(*) = 3 FROM pg_attribute
        WHERE attrelid = to_regclass('schema_migrations') AND attname IN ('checksum', 'applied_at', 'finished')";
    if sqlx::query_scalar(ours).fetch_one(&mut *connection).await? {
        return Ok(true);
    }
    let names: Vec<&str> = MIGRATIONS.iter().flat_map(|one| tables_made(one.up)).chain(["schema_migrations"]).collect();
    let in_the_way = "SELECT relname::text FROM pg_class
        WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND relname = ANY($1)
        ORDER BY relname LIMIT 1";
    let found: Option<String> = sqlx::query_scalar(in_the_way).bind(names).fetch_optional(connection).await?;
    found.map_or(Ok(false), |table| Err(foreign(&table).into()))
}

/// Runs statements in one transaction, and records there that the migration is applied, or not any more.
async fn together(
    connection: &mut PgConnection,
    migration: &Migration,
    sql: &str,
    applied: Option<(Timestamp, bool)>,
) -> Result<()> {
    let outcome = in_transaction(connection, migration, sql, applied).await;
    if outcome.is_err() {
        // when the connection is gone, the server does it by itself
        let _ = connection.execute("ROLLBACK").await;
    }
    outcome.map_err(|failure| failed(migration, "was undone; the database is as it was", failure))
}

async fn in_transaction(
    connection: &mut PgConnection,
    migration: &Migration,
    sql: &str,
    applied: Option<(Timestamp, bool)>,
) -> Attempt<()> {
    connection.execute("BEGIN").await?;
    connection.execute(sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))).await?;
    let number = migration.number.cast_signed();
    if let Some((at, finished)) = applied {
        connection
            .execute(
                "CREATE TABLE IF NOT EXISTS schema_migrations (
                    number integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,
                    applied_at timestamptz NOT NULL, finished boolean NOT NULL
                )",
            )
            .await?;
        sqlx::query(
            "INSERT INTO schema_migrations (number, name, checksum, applied_at, finished) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(number)
        .bind(migration.name())
        .bind(migration.checksum())
        .bind(at.to_utc())
        .bind(finished)
        .execute(&mut *connection)
        .await?;
    } else {
        sqlx::query("DELETE FROM schema_migrations WHERE number = $1").bind(number).execute(&mut *connection).await?;
    }
    connection.execute("COMMIT").await?;
    Ok(())
}

/// Runs what is behind a migration's transaction, and records that it is finished.
async fn one_by_one(connection: &mut PgConnection, migration: &Migration, statements: &[&'static str]) -> Result<()> {
    let run = async {
        for statement in statements {
            connection.execute(sqlx::raw_sql(*statement)).await?;
        }
        sqlx::query("UPDATE schema_migrations SET finished = true WHERE number = $1")
            .bind(migration.number.cast_signed())
            .execute(&mut *connection)
            .await?;
        Ok::<(), Failure>(())
    };
    run.await.map_err(|failure| failed(migration, "is not finished; run `jarvis migrate up` again", failure))
}

fn failed(migration: &Migration, consequence: &str, failure: Failure) -> Error {
    let cause = Error::from(failure);
    let message = format!("migration {} ({}) failed and {consequence}", migration.number, migration.name());
    cause.kind().error(message).with_retry_after(cause.retry_after()).with_source(cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_named() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        let mut found: Vec<String> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        found.sort();
        let mut named: Vec<String> =
            MIGRATIONS.iter().flat_map(|one| ["down", "up"].map(|end| format!("{}.{end}.sql", one.file))).collect();
        named.sort();
        assert_eq!(found, named);
        let numbers: Vec<String> = MIGRATIONS.iter().map(|one| format!("{:04}_{}", one.number, one.name())).collect();
        assert_eq!(numbers, MIGRATIONS.iter().map(|one| one.file.to_owned()).collect::<Vec<_>>());
    }

    #[test]
    fn what_runs_outside_of_a_transaction_is_split_into_statements() {
        let (together, behind) = MIGRATIONS[7].parts();
        assert!(!together.contains("CONCURRENTLY"));
        assert_eq!(behind.len(), 4, "{behind:#?}");
        assert!(behind.iter().all(|statement| statement.contains(" INDEX CONCURRENTLY ")));
        assert!(!MIGRATIONS[7].whole().contains("INDEX CONCURRENTLY"));
    }
}
