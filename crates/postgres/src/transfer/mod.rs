//! A whole database as rows of typed cells: read for a copy into another store, or made as such a copy.
//!
//! The statements are made from core's list of tables, which a test holds against the schema; everywhere else statements stand in
//! files. A future that is dropped leaves its connection in the middle of something, so a transfer ends with the first one that is.

pub(crate) mod cells;
mod source;
pub(crate) mod statements;
mod target;

use jarvis_core::{
    ErrorKind, Result,
    ports::{Clock, transfer::unfinished_copy},
};
use sqlx::{ConnectOptions, PgConnection};
use std::{fmt, time::Duration};
use tokio::sync::Mutex;

use crate::{
    error::{Attempt, unconnected},
    migrate, pool,
};

/// A database that nobody else can write to as long as this is open.
pub struct PostgresTransfer {
    connection: Mutex<PgConnection>,
}

impl fmt::Debug for PostgresTransfer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresTransfer").finish_non_exhaustive()
    }
}

/// A connection that may take as long as it needs, to a database that no other process of the product uses.
async fn connect(url: &str, clock: &dyn Clock, migrate: bool) -> Result<PgConnection> {
    let options = pool::parse(url)?.options([
        ("statement_timeout", "0"),
        ("idle_in_transaction_session_timeout", "0"),
        ("lock_timeout", "5000"),
        ("client_min_messages", "warning"),
    ]);
    let mut connection = options.connect().await.map_err(|error| unconnected(&error, &options))?;
    migrate::ensure(&mut connection, migrate, clock).await?;
    refuse_company(&mut connection).await?;
    Ok(connection)
}

/// Refuses a database that another process of the product uses.
///
/// Errors: `Conflict` with code `database_in_use`; `Unavailable` when it cannot be reached.
pub async fn refuse_other_processes(url: &str) -> Result<()> {
    let options = pool::parse(url)?;
    let mut connection = options.connect().await.map_err(|error| unconnected(&error, &options))?;
    let alone = refuse_company(&mut connection).await;
    let _ = sqlx::Connection::close(connection).await; // what was asked is answered
    alone
}

/// How long, and how often, it is looked whether a process that was killed has left.
const LEAVING: (u32, Duration) = (30, Duration::from_millis(100));

/// Refuses when another process of the product is connected: what it writes would be lost, or in the way.
async fn refuse_company(connection: &mut PgConnection) -> Result<()> {
    let (looks, pause) = LEAVING;
    let mut others = others(connection).await?;
    for _ in 0..looks {
        if others == 0 {
            return Ok(());
        }
        tokio::time::sleep(pause).await;
        others = self::others(connection).await?;
    }
    Err(ErrorKind::Conflict
        .error(format!(
            "a server or command of Jarvis has {others} connections to the database; stop all of them, on every machine"
        ))
        .with_code("database_in_use"))
}

/// Connections of other processes of the product.
async fn others(connection: &mut PgConnection) -> Attempt<i64> {
    let sql = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'jarvis' AND pid <> pg_backend_pid()";
    Ok(sqlx::query_scalar(sql).fetch_one(connection).await?)
}

/// Refuses a database that is an unfinished copy of another one.
pub(crate) async fn refuse_unfinished(connection: &mut PgConnection) -> Attempt<()> {
    let sql = "SELECT source FROM moves WHERE finished_at IS NULL";
    match sqlx::query_scalar::<_, String>(sql).fetch_optional(connection).await? {
        Some(source) => Err(unfinished_copy(&source).into()),
        None => Ok(()),
    }
}
