//! A whole database as rows of typed cells: read for a copy into another store, or made as such a copy.

pub(crate) mod rows;
mod source;
mod target;

use jarvis_core::{Error, ErrorKind, Result, ports::transfer::unfinished_copy};
use rusqlite::{Connection, OptionalExtension};
use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use crate::error::{Attempt, Failure};

/// Kibibytes of pages kept: a copy in the order of one index reads and writes the others everywhere.
const CACHE_KIB: i64 = 65_536;

/// A database that nobody else can write to as long as this is open.
pub struct SqliteTransfer {
    path: PathBuf,
    connection: Arc<Mutex<Connection>>,
}

impl SqliteTransfer {
    fn new(path: &Path, connection: Connection) -> Arc<Self> {
        Arc::new(Self { path: path.to_owned(), connection: Arc::new(Mutex::new(connection)) })
    }

    /// Runs work that may take long on a thread that may wait.
    async fn on_connection<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Attempt<T> + Send + 'static,
    ) -> Result<T> {
        let connection = Arc::clone(&self.connection);
        let work = move || work(&connection.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(tokio::task::spawn_blocking(work).await.map_err(Error::internal)??)
    }
}

impl fmt::Debug for SqliteTransfer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteTransfer").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Refuses a database that is an unfinished copy of another one.
pub(crate) fn refuse_unfinished(connection: &Connection) -> Attempt<()> {
    let sql = "SELECT source FROM moves WHERE finished_at IS NULL";
    match connection.query_row(sql, [], |row| row.get::<_, String>(0)).optional()? {
        Some(source) => Err(unfinished_copy(&source).into()),
        None => Ok(()),
    }
}

fn missing() -> Failure {
    ErrorKind::NotFound.error("there is no database file to copy from; check the address given with --from").into()
}
