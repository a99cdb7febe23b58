use async_trait::async_trait;
use futures_core::future::BoxFuture;
use jarvis_core::{
    Error, Result,
    policy::schema::status,
    ports::{Clock, MigrationProblem, MigrationStatus, Migrator},
};
use sqlx::{ConnectOptions, Connection, PgConnection};
use std::{fmt, sync::Arc};

use super::{applied, down, known, up, validate};
use crate::{error::unconnected, pool};

/// Changes the schema of a database.
#[derive(Clone)]
pub struct PostgresMigrator {
    url: String,
    clock: Arc<dyn Clock>,
}

impl PostgresMigrator {
    /// For the database at `url`; `clock` says when a migration was applied.
    pub fn new(url: impl Into<String>, clock: Arc<dyn Clock>) -> Self {
        Self { url: url.into(), clock }
    }

    /// In a task that owns the connection: a caller that goes away leaves no migration half done.
    async fn with_connection<T: Send + 'static>(
        &self,
        work: impl for<'a> FnOnce(&'a mut PgConnection, &'a dyn Clock) -> BoxFuture<'a, Result<T>> + Send + 'static,
    ) -> Result<T> {
        let Self { url, clock } = self.clone();
        tokio::spawn(async move {
            let mut connection = connect(&url).await?;
            let outcome = work(&mut connection, &*clock).await;
            let _ = connection.close().await; // whatever was asked is done
            outcome
        })
        .await
        .map_err(Error::internal)?
    }
}

/// A connection for changing the schema: it waits for nobody's table for long, because everybody else would wait behind it.
pub(crate) async fn connect(url: &str) -> Result<PgConnection> {
    let options = pool::parse(url)?.options([("lock_timeout", "5000"), ("client_min_messages", "warning")]);
    options.connect().await.map_err(|error| unconnected(&error, &options))
}

impl fmt::Debug for PostgresMigrator {
    /// Without the URL, which holds a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresMigrator").finish_non_exhaustive()
    }
}

#[async_trait]
impl Migrator for PostgresMigrator {
    async fn status(&self) -> Result<Vec<MigrationStatus>> {
        self.with_connection(|connection, _| Box::pin(async { Ok(status(known(), &applied(connection).await?)) })).await
    }

    async fn up(&self, target: Option<u32>) -> Result<Vec<u32>> {
        self.with_connection(move |connection, clock| Box::pin(up(connection, target, clock))).await
    }

    async fn down(&self, target: u32) -> Result<Vec<u32>> {
        self.with_connection(move |connection, _| Box::pin(down(connection, target))).await
    }

    async fn validate(&self) -> Result<Vec<MigrationProblem>> {
        self.with_connection(|connection, _| Box::pin(async { Ok(validate::problems(connection).await?) })).await
    }
}
