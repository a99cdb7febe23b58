use async_trait::async_trait;
use chrono::{DateTime, Utc};
use jarvis_core::{
    Result, Timestamp,
    ports::{
        Clock,
        transfer::{Cell, MoveMark, OutboxEnds, Row, TABLES, Table, TransferTarget},
    },
    types::NodeId,
};
use sqlx::{AssertSqlSafe, Connection, Executor};
use std::sync::Arc;
use tokio::sync::Mutex;

use super::{PostgresTransfer, cells, connect, statements};
use crate::{
    error::{Attempt, Failure},
    nouns::outbox,
    row,
};

impl PostgresTransfer {
    /// Opens the database at `url` to be made a copy, bringing its schema up to date.
    ///
    /// Errors: `Conflict` when its schema is newer than this program, or with code `database_in_use` when another process of the
    /// product uses it; `Unavailable` when it cannot be reached.
    pub async fn target(url: &str, clock: &dyn Clock) -> Result<Arc<Self>> {
        let connection = connect(url, clock, true).await?;
        Ok(Arc::new(Self { connection: Mutex::new(connection) }))
    }
}

#[async_trait]
impl TransferTarget for PostgresTransfer {
    async fn mark(&self) -> Result<Option<MoveMark>> {
        let sql = "SELECT source, fingerprint, began_at, finished_at FROM moves";
        let mut connection = self.connection.lock().await;
        let found: Option<(String, String, DateTime<Utc>, Option<DateTime<Utc>>)> =
            sqlx::query_as(sql).fetch_optional(&mut *connection).await.map_err(Failure::from)?;
        Ok(found.map(|(source, fingerprint, began_at, finished_at)| MoveMark {
            source,
            fingerprint,
            began_at: row::time(began_at),
            finished_at: row::time_opt(finished_at),
        }))
    }

    async fn begin(&self, mark: MoveMark) -> Result<()> {
        let tables: Vec<&str> = TABLES.iter().map(|table| table.name).chain(["moves"]).collect();
        let empty = format!("TRUNCATE {}", tables.join(", "));
        let mut connection = self.connection.lock().await;
        let begun = async {
            let mut unit = connection.begin().await?;
            unit.execute(sqlx::raw_sql(AssertSqlSafe(empty))).await?;
            sqlx::query("INSERT INTO moves (id, source, fingerprint, began_at) VALUES (1, $1, $2, $3)")
                .bind(mark.source)
                .bind(mark.fingerprint)
                .bind(mark.began_at.to_utc())
                .execute(&mut *unit)
                .await?;
            unit.commit().await
        };
        let begun: std::result::Result<(), sqlx::Error> = begun.await;
        Ok(begun.map_err(Failure::from)?)
    }

    async fn last_key(&self, table: &'static Table) -> Result<Option<Vec<Cell>>> {
        let mut connection = self.connection.lock().await;
        let found = sqlx::query(AssertSqlSafe(statements::last_key(table)))
            .fetch_optional(&mut *connection)
            .await
            .map_err(Failure::from)?;
        Ok(found.map(|row| cells::row(table.key_columns(), &row)).transpose()?)
    }

    async fn write(&self, table: &'static Table, rows: Vec<Row>) -> Result<()> {
        let mut connection = self.connection.lock().await;
        let query = cells::bind_columns(sqlx::query(AssertSqlSafe(statements::write(table))), table, rows)?;
        query.execute(&mut *connection).await.map_err(Failure::from)?;
        Ok(())
    }

    async fn rename_node(&self, old: &NodeId, new: &NodeId, at: Timestamp) -> Result<()> {
        let positions = "UPDATE index_positions SET node = $2
            WHERE node = $1 AND NOT EXISTS (SELECT 1 FROM index_positions WHERE node = $2)";
        let known = "INSERT INTO nodes (node, beats, seen_at) VALUES ($1, 1, $2) ON CONFLICT (node) DO NOTHING";
        let mut connection = self.connection.lock().await;
        let renamed = async {
            let mut unit = connection.begin().await?;
            sqlx::query(positions).bind(old.as_str()).bind(new.as_str()).execute(&mut *unit).await?;
            sqlx::query(known).bind(new.as_str()).bind(at.to_utc()).execute(&mut *unit).await?;
            unit.commit().await
        };
        let renamed: std::result::Result<(), sqlx::Error> = renamed.await;
        Ok(renamed.map_err(Failure::from)?)
    }

    async fn finish(&self, ends: OutboxEnds, at: Timestamp) -> Result<()> {
        let mut connection = self.connection.lock().await;
        let finished = async {
            // plans of a database that was never looked at are bad ones
            let own: Vec<_> = TABLES.iter().map(|table| table.name).collect();
            connection.execute(AssertSqlSafe(format!("ANALYZE {}", own.join(", ")))).await?;
            let mut unit = connection.begin().await?;
            sqlx::query("UPDATE store_state SET outbox_pruned = $1, outbox_offset = 0 WHERE id = 1")
                .bind(ends.pruned as i64)
                .execute(&mut *unit)
                .await?;
            outbox::move_on(&mut unit).await?;
            sqlx::query("UPDATE moves SET finished_at = $1").bind(at.to_utc()).execute(&mut *unit).await?;
            unit.commit().await?;
            Attempt::Ok(())
        };
        Ok(finished.await?)
    }
}
