use async_trait::async_trait;
use jarvis_core::{
    Error, Result, Scope,
    ports::{
        Clock, Health, Sealer, Store, Unit,
        store::{
            ReadAccounts, ReadApiKeys, ReadAudit, ReadConversations, ReadErasures, ReadGenerations, ReadInvites,
            ReadLogins, ReadMemories, ReadMessages, ReadNodes, ReadOutbox, ReadOwned, ReadSealing, ReadSessions,
            ReadStats, ReadUsers,
        },
    },
};
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crate::{
    SqliteOptions,
    checkpoint::Checkpointer,
    connection,
    db::Db,
    error::Failure,
    migrate,
    readers::Readers,
    run::On,
    scrub, transfer,
    writer::{Limits, Writer},
};

/// How long a check may take.
const CHECK_TIME: Duration = Duration::from_millis(1500);

/// The relational store on one SQLite file: a thread that writes, threads that read, and one that checkpoints.
///
/// Dropping it, like [`SqliteStore::close`], finishes what was accepted and waits for the threads.
pub struct SqliteStore {
    options: SqliteOptions,
    reads: On<Readers>,
    writer: Writer,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl SqliteStore {
    /// Opens the database, after migrating it if that is allowed and needed. Blocks for as long as that takes.
    ///
    /// Errors: `Conflict` with code `migration_pending`, `schema_newer`, `migration_edited` or `move_unfinished`; `Corrupt` when the file is
    /// no sound database; `Unavailable` when it cannot be opened or another program holds it; `StorageFull`.
    #[expect(clippy::needless_pass_by_value, reason = "the store shares them with its threads for as long as it lives")]
    pub fn open(options: SqliteOptions, sealer: Arc<dyn Sealer>, clock: Arc<dyn Clock>) -> Result<Arc<Self>> {
        let path = options.path.as_path();
        let connection = connection::writer(path)?;
        migrate::ensure(&connection, path, options.auto_migrate, &*clock)?;
        transfer::refuse_unfinished(&connection)?;
        let db = |connection| Db::new(connection, path, Arc::clone(&sealer), Arc::clone(&clock));
        let connections = (0..options.readers.max(1))
            .map(|_| connection::reader(path).and_then(db))
            .collect::<Result<Vec<_>, Failure>>()?;
        let mut threads = Vec::with_capacity(connections.len() + 2);
        let (checkpointer, thread) = Checkpointer::start(path)?;
        threads.push(thread.map_err(Error::internal)?);
        let limits = Limits {
            group_size: options.group_size.max(1),
            group_time: options.group_time,
            unit_time: options.unit_time,
        };
        let (writer, thread) = Writer::start(db(connection)?, limits, checkpointer);
        threads.push(thread.map_err(Error::internal)?);
        let (readers, reading) = Readers::start(connections, options.read_patience).map_err(Error::internal)?;
        threads.extend(reading);
        Ok(Arc::new(Self { reads: On(readers), writer, threads: Mutex::new(threads), options }))
    }

    /// Takes no more work, finishes what was accepted, copies the write-ahead log into the database and ends the threads.
    /// Afterwards every call answers `Unavailable`. Closing twice is closing once.
    pub async fn close(&self) -> Result<()> {
        let threads = self.stop();
        tokio::task::spawn_blocking(move || join(threads)).await.map_err(Error::internal)
    }

    fn stop(&self) -> Vec<JoinHandle<()>> {
        self.reads.0.close();
        self.writer.close();
        std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A read and an empty unit, so that both ways are tried.
    async fn probe(&self) -> Result<()> {
        let nobody = Scope::system();
        self.reads.totals(&nobody).await?;
        self.writer.run(Box::new(|_| Box::pin(async { Ok(()) }))).await
    }
}

fn join(threads: Vec<JoinHandle<()>>) {
    for thread in threads {
        // the last owner may be dropped by a unit, on the very thread that would be waited for
        if thread.thread().id() != thread::current().id() && thread.join().is_err() {
            tracing::error!("a thread of the store panicked");
        }
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        join(self.stop());
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("options", &self.options).finish_non_exhaustive()
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn check(&self) -> Health {
        let began = Instant::now();
        let trouble = self.writer.trouble();
        let probed = tokio::time::timeout(CHECK_TIME, self.probe()).await;
        let took = began.elapsed();
        let health = match (probed, trouble) {
            (Ok(Ok(())), None) => Health::healthy(took),
            (Ok(Ok(())), Some(error)) => Health::degraded(took, error.message().to_owned()),
            (Ok(Err(error)), _) => Health::unhealthy(took, error.message().to_owned()),
            (Err(_), _) => {
                Health::unhealthy(took, "the database did not answer in time; look at the disk and the load")
            }
        };
        health.with_figure("writes_waiting", self.writer.backlog() as u64)
    }

    async fn run(&self, unit: Unit) -> Result<()> {
        self.writer.run(unit).await
    }

    async fn scrub(&self) -> Result<()> {
        let path = self.options.path.clone();
        tokio::task::spawn_blocking(move || scrub::scrub(&path)).await.map_err(Error::internal)??;
        Ok(())
    }

    fn users(&self) -> &dyn ReadUsers {
        &self.reads
    }
    fn sessions(&self) -> &dyn ReadSessions {
        &self.reads
    }
    fn conversations(&self) -> &dyn ReadConversations {
        &self.reads
    }
    fn messages(&self) -> &dyn ReadMessages {
        &self.reads
    }
    fn generations(&self) -> &dyn ReadGenerations {
        &self.reads
    }
    fn memories(&self) -> &dyn ReadMemories {
        &self.reads
    }
    fn stats(&self) -> &dyn ReadStats {
        &self.reads
    }
    fn outbox(&self) -> &dyn ReadOutbox {
        &self.reads
    }
    fn audit(&self) -> &dyn ReadAudit {
        &self.reads
    }
    fn owned(&self) -> &dyn ReadOwned {
        &self.reads
    }
    fn erasures(&self) -> &dyn ReadErasures {
        &self.reads
    }
    fn nodes(&self) -> &dyn ReadNodes {
        &self.reads
    }
    fn sealing(&self) -> &dyn ReadSealing {
        &self.reads
    }
    fn accounts(&self) -> &dyn ReadAccounts {
        &self.reads
    }
    fn logins(&self) -> &dyn ReadLogins {
        &self.reads
    }
    fn api_keys(&self) -> &dyn ReadApiKeys {
        &self.reads
    }
    fn invites(&self) -> &dyn ReadInvites {
        &self.reads
    }
}
