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
use sqlx::{Connection, PgConnection};
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use crate::{
    PostgresOptions,
    error::Attempt,
    migrate,
    nouns::outbox,
    pool::{Place, Plans},
    readers::Readers,
    run::On,
    scrub, transfer,
    unit::{self, UnitConnection},
};

/// How long a check may take.
const CHECK_TIME: Duration = Duration::from_millis(1500);

/// The relational store in a PostgreSQL database. Several processes may have the same one open.
pub struct PostgresStore {
    place: Arc<Place>,
    reads: On<Readers>,
}

impl PostgresStore {
    /// Opens the database, after migrating it if that is allowed and needed.
    ///
    /// Errors: `Conflict` with code `migration_pending`, `schema_newer`, `migration_edited` or `move_unfinished`; `Invalid` for a URL that is
    /// none; `Unavailable` when the server cannot be reached or refuses.
    pub async fn open(options: PostgresOptions, sealer: Arc<dyn Sealer>, clock: Arc<dyn Clock>) -> Result<Arc<Self>> {
        let place = Arc::new(Place::new("postgres", options, Plans::Once, sealer, Arc::clone(&clock))?);
        let prepared = Arc::clone(&place);
        // a caller that goes away leaves no migration half done
        tokio::spawn(async move {
            let mut connection = migrate::connect(&prepared.options.url).await?;
            let outcome = migrate::ensure(&mut connection, prepared.options.auto_migrate, &*clock).await;
            let outcome = match outcome {
                Ok(()) => prepare(&mut connection).await.map_err(Error::from),
                refused => refused,
            };
            let _ = connection.close().await; // whatever was asked is done
            outcome
        })
        .await
        .map_err(Error::internal)??;
        if !place.options.replicas.is_empty() {
            place.note_beginning().await?;
            tokio::spawn(Arc::clone(&place).follow_primary());
        }
        Ok(Arc::new(Self { reads: On(Readers(Arc::clone(&place))), place }))
    }

    /// Takes no more work and waits for what was accepted. Afterwards every call answers `Unavailable`. Closing twice is
    /// closing once.
    pub async fn close(&self) -> Result<()> {
        self.place.close().await;
        Ok(())
    }

    /// A read and a unit, so that both ways are tried. Answers whether the unit could write.
    async fn probe(&self) -> Result<bool> {
        self.reads.pending(&Scope::system()).await?;
        let takes_writes = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&takes_writes);
        unit::run(Arc::clone(&self.place), move |on: &On<UnitConnection>| {
            Box::pin(async move {
                told.store(on.0.takes_writes().await?, Ordering::Relaxed);
                Ok(())
            })
        })
        .await?;
        Ok(takes_writes.load(Ordering::Relaxed))
    }
}

/// What is done once, before the database is used.
async fn prepare(connection: &mut PgConnection) -> Attempt<()> {
    transfer::refuse_unfinished(connection).await?;
    outbox::move_on(connection).await
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore").field("place", &self.place).finish_non_exhaustive()
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn check(&self) -> Health {
        let began = Instant::now();
        let probed = tokio::time::timeout(CHECK_TIME, self.probe()).await;
        let took = began.elapsed();
        let health = match probed {
            Ok(Ok(true)) => Health::healthy(took),
            Ok(Ok(false)) => Health::read_only(
                took,
                "the database takes no writes: it is a standby, or its default_transaction_read_only is on; let \
                 DATABASE_URL (database.url) lead to the primary, or turn that off",
            ),
            Ok(Err(error)) => Health::unhealthy(took, error.message().to_owned()),
            Err(_) => {
                Health::unhealthy(took, "the database did not answer in time; look at its server and the network")
            }
        };
        let (open, in_use) = self.place.connections();
        health.with_figure("connections", open as u64).with_figure("connections_in_use", in_use as u64)
    }

    async fn run(&self, unit: Unit) -> Result<()> {
        unit::run(Arc::clone(&self.place), move |on| unit(on)).await
    }

    async fn scrub(&self) -> Result<()> {
        let url = self.place.options.url.clone();
        tokio::spawn(async move { scrub::scrub(&url).await }).await.map_err(Error::internal)?
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
