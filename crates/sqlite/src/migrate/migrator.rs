use async_trait::async_trait;
use jarvis_core::{
    Error, Result,
    policy::schema::status,
    ports::{Clock, MigrationProblem, MigrationStatus, Migrator},
};
use rusqlite::{Connection, OpenFlags};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{applied, down, known, up, validate};
use crate::{connection, error::Failure};

/// Changes the schema of a database file, which nobody needs to have open.
#[derive(Clone, Debug)]
pub struct SqliteMigrator {
    path: PathBuf,
    clock: Arc<dyn Clock>,
}

impl SqliteMigrator {
    /// For the database at `path`; `clock` says when a migration was applied.
    pub fn new(path: impl Into<PathBuf>, clock: Arc<dyn Clock>) -> Self {
        Self { path: path.into(), clock }
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Path, &dyn Clock) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let Self { path, clock } = self.clone();
        tokio::task::spawn_blocking(move || work(&path, &*clock)).await.map_err(Error::internal)?
    }
}

/// Without changing anything; none when there is no file.
fn look(path: &Path) -> Result<Option<Connection>> {
    if !path.try_exists().map_err(Error::internal)? {
        return Ok(None);
    }
    Ok(Some(Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(Failure::from)?))
}

#[async_trait]
impl Migrator for SqliteMigrator {
    async fn status(&self) -> Result<Vec<MigrationStatus>> {
        self.blocking(|path, _| {
            let applied = match look(path)? {
                Some(connection) => applied(&connection)?,
                None => Vec::new(),
            };
            Ok(status(known(), &applied))
        })
        .await
    }

    async fn up(&self, target: Option<u32>) -> Result<Vec<u32>> {
        self.blocking(move |path, clock| up(&connection::writer(path)?, path, target, clock)).await
    }

    async fn down(&self, target: u32) -> Result<Vec<u32>> {
        self.blocking(move |path, _| down(&connection::writer(path)?, path, target)).await
    }

    async fn validate(&self) -> Result<Vec<MigrationProblem>> {
        self.blocking(|path, _| match look(path)? {
            Some(connection) => Ok(validate::problems(&connection)?),
            None => Ok(Vec::new()),
        })
        .await
    }
}
