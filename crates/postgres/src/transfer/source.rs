use async_trait::async_trait;
use jarvis_core::{
    Result,
    ports::{
        Clock,
        transfer::{Cell, OutboxEnds, Portion, Row, TABLES, Table, TransferSource},
    },
};
use sqlx::{AssertSqlSafe, Executor, PgConnection};
use std::sync::Arc;
use tokio::sync::Mutex;

use super::{PostgresTransfer, cells, connect, refuse_unfinished, statements};
use crate::error::{Attempt, Failure};

impl PostgresTransfer {
    /// Opens the database at `url` to be copied.
    ///
    /// Errors: `Conflict` when its schema is not the newest, when it is an unfinished copy, or with code `database_in_use` when
    /// another process of the product uses it; `Unavailable` when it cannot be reached or somebody writes to it.
    pub async fn source(url: &str, clock: &dyn Clock) -> Result<Arc<Self>> {
        let mut connection = connect(url, clock, false).await?;
        hold(&mut connection).await?;
        Ok(Arc::new(Self { connection: Mutex::new(connection) }))
    }
}

/// One state of the database for all that is read, and nobody who writes: the locks come first, so that nothing is committed between
/// them and the state.
async fn hold(connection: &mut PgConnection) -> Attempt<()> {
    let tables: Vec<&str> = TABLES.iter().map(|table| table.name).chain(["store_state", "moves"]).collect();
    let lock = format!("LOCK TABLE {} IN SHARE MODE", tables.join(", "));
    connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ").await?;
    connection.execute(sqlx::raw_sql(AssertSqlSafe(lock))).await?;
    refuse_unfinished(connection).await
}

#[async_trait]
impl TransferSource for PostgresTransfer {
    async fn count(&self, table: &'static Table) -> Result<u64> {
        let mut connection = self.connection.lock().await;
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(statements::count(table)))
            .fetch_one(&mut *connection)
            .await
            .map_err(Failure::from)?;
        Ok(count.unsigned_abs())
    }

    async fn read(&self, table: &'static Table, after: Option<Vec<Cell>>, portion: Portion) -> Result<Vec<Row>> {
        let mut connection = self.connection.lock().await;
        let query = sqlx::query(AssertSqlSafe(statements::read(table, after.is_some(), portion)));
        let query = cells::bind_key(query, after.unwrap_or_default())?;
        let rows = query.fetch_all(&mut *connection).await.map_err(Failure::from)?;
        Ok(rows.iter().map(|row| cells::row(table.columns, row)).collect::<Attempt<_>>()?)
    }

    async fn outbox(&self) -> Result<OutboxEnds> {
        let sql = "SELECT outbox_pruned, greatest(outbox_pruned, (SELECT max(position) FROM outbox))
            FROM store_state WHERE id = 1";
        let mut connection = self.connection.lock().await;
        let (pruned, newest): (i64, i64) =
            sqlx::query_as(sql).fetch_one(&mut *connection).await.map_err(Failure::from)?;
        Ok(OutboxEnds { pruned: pruned.unsigned_abs(), newest: newest.unsigned_abs() })
    }
}
