//! The relational store that the configuration names.

use std::{sync::Arc, thread};

use jarvis_core::{
    Error, Result,
    ports::{Clock, Migrator, Sealer, Store},
};
use jarvis_postgres::{PostgresMigrator, PostgresOptions, PostgresStore};
use jarvis_sqlite::{SqliteMigrator, SqliteOptions, SqliteStore};

use crate::{DatabaseTarget, config::DatabaseConfig, fs, secret::Address};

/// A store that is open, with what its kind needs at its end.
#[derive(Debug)]
pub(crate) enum OpenStore {
    Sqlite(Arc<SqliteStore>),
    Postgres(Arc<PostgresStore>),
    /// Somebody else's, who closes it.
    Given(Arc<dyn Store>),
}

impl OpenStore {
    pub(crate) async fn open(config: &DatabaseConfig, sealer: Arc<dyn Sealer>, clock: Arc<dyn Clock>) -> Result<Self> {
        match &config.target {
            DatabaseTarget::Sqlite(path) => {
                let options = SqliteOptions {
                    readers: readers(config),
                    auto_migrate: config.auto_migrate,
                    read_patience: config.acquire_timeout,
                    ..SqliteOptions::new(path)
                };
                // opening reads files for some milliseconds
                let opening = move || SqliteStore::open(options, sealer, clock);
                let store = tokio::task::spawn_blocking(opening).await.map_err(Error::internal)??;
                Ok(Self::Sqlite(store))
            }
            DatabaseTarget::Postgres(address) => {
                let options = server_options(config, address);
                PostgresStore::open(options, sealer, clock).await.map(Self::Postgres)
            }
        }
    }

    pub(crate) fn port(&self) -> Arc<dyn Store> {
        match self {
            Self::Sqlite(store) => Arc::clone(store) as Arc<dyn Store>,
            Self::Postgres(store) => Arc::clone(store) as Arc<dyn Store>,
            Self::Given(store) => Arc::clone(store),
        }
    }

    pub(crate) async fn close(&self) -> Result<()> {
        match self {
            Self::Sqlite(store) => store.close().await,
            Self::Postgres(store) => store.close().await,
            Self::Given(_) => Ok(()),
        }
    }
}

pub(crate) fn migrator(config: &DatabaseConfig, clock: Arc<dyn Clock>) -> Arc<dyn Migrator> {
    match &config.target {
        DatabaseTarget::Sqlite(path) => Arc::new(SqliteMigrator::new(path, clock)),
        DatabaseTarget::Postgres(address) => Arc::new(PostgresMigrator::new(address.reveal(), clock)),
    }
}

/// Makes an empty database unless there is one; answers whether it did.
pub(crate) async fn create(config: &DatabaseConfig) -> Result<bool> {
    match &config.target {
        DatabaseTarget::Sqlite(path) => {
            let is_new = fs::is_missing_or_empty(path)?;
            fs::create_private(path)?;
            Ok(is_new)
        }
        DatabaseTarget::Postgres(address) => jarvis_postgres::create_database(address.reveal()).await,
    }
}

/// What is wrong with the files of a database; a server judges its own.
pub(crate) async fn check_integrity(config: &DatabaseConfig) -> Result<Vec<String>> {
    let DatabaseTarget::Sqlite(path) = config.target.clone() else { return Ok(Vec::new()) };
    tokio::task::spawn_blocking(move || jarvis_sqlite::check_integrity(&path)).await.map_err(Error::internal)?
}

/// What the configuration says of a server; the rest is the product's.
pub(crate) fn server_options(config: &DatabaseConfig, address: &Address) -> PostgresOptions {
    PostgresOptions {
        max_connections: u32::try_from(config.max_connections).unwrap_or(u32::MAX).max(2),
        acquire_timeout: config.acquire_timeout,
        statement_timeout: config.statement_timeout,
        lock_timeout: config.lock_timeout,
        idle_timeout: config.idle_timeout,
        auto_migrate: config.auto_migrate,
        replicas: config.replicas.iter().map(|replica| replica.reveal().to_owned()).collect(),
        ..PostgresOptions::new(address.reveal())
    }
}

/// Reading is CPU work once the pages are in memory: more threads than twice the cores only cost memory.
fn readers(config: &DatabaseConfig) -> usize {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    config.max_connections.min(cores * 2)
}
