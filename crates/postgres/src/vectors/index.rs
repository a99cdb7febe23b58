//! The port.

use async_trait::async_trait;
use jarvis_core::{
    Result, Scope,
    ports::{Clock, CollectionSpec, Health, PlainSealer, VectorCollection, VectorIndex},
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    collection::PostgresCollection,
    nearest,
    open::{self, prepare},
};
use crate::{
    PostgresOptions,
    db::Db,
    error::Attempt,
    pool::{Place, Plans},
    readers::Readers,
    run::Run,
    scrub::until_unseen,
    transaction,
};

/// Numbers in a vector at most: the extension takes no more.
const MAX_DIMENSION: usize = 16_000;
/// How long a check may take.
const CHECK_TIME: Duration = Duration::from_millis(1500);

/// Vectors on PostgreSQL with pgvector. Any number of servers may follow the store with the same index: each change is applied
/// by the first that comes to it.
#[derive(Clone, Debug)]
pub struct PostgresVectorIndex {
    pool: Arc<Place>,
    /// Whether the extension goes on along the graph until a filter has let enough through.
    goes_on: bool,
    exact_up_to: u32,
}

impl PostgresVectorIndex {
    /// Vectors that are looked at one by one: up to here that takes some hundredths of a second.
    pub const EXACT_UP_TO: u32 = 20_000;

    /// Opens the index in the database that `options` name, making its tables where there are none.
    ///
    /// Errors: `Unavailable` when the server cannot be reached, or has no pgvector and lets it not be installed.
    pub async fn open(options: PostgresOptions, clock: Arc<dyn Clock>) -> Result<Arc<Self>> {
        Self::open_exact_up_to(Self::EXACT_UP_TO, options, clock).await
    }

    /// The same; where more than `exact_up_to` vectors pass a filter, a graph proposes the nearest.
    pub async fn open_exact_up_to(
        exact_up_to: u32,
        options: PostgresOptions,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<Self>> {
        let pool = Arc::new(Place::new("postgres_vectors", options, Plans::ByValues, Arc::new(PlainSealer), clock)?);
        let goes_on = transaction::run(Arc::clone(&pool), |db| Box::pin(prepare(db))).await?;
        Ok(Arc::new(Self { pool, goes_on, exact_up_to }))
    }

    /// The same, which asks no more of the extension than its versions before 0.8 can do.
    #[must_use]
    pub fn without_iterative_scans(&self) -> Arc<Self> {
        Arc::new(Self { goes_on: false, ..self.clone() })
    }

    /// Ends its connections once what runs on them is done.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

async fn names(db: &mut Db) -> Attempt<Vec<String>> {
    Ok(sqlx::query_file_scalar!("sql/vectors/names.sql").fetch_all(db.connection()).await?)
}

/// Takes what was deleted out of tables and graphs, in the time it needs. Nobody waits for it: writing the graphs again would
/// take minutes.
async fn vacuum(db: &mut Db) -> Attempt<()> {
    until_unseen(db.connection()).await?;
    db.run("SET statement_timeout = 0").await?;
    let outcome = db.run("VACUUM vector_documents").await;
    db.run("RESET statement_timeout").await?;
    outcome
}

#[async_trait]
impl VectorIndex for PostgresVectorIndex {
    async fn check(&self) -> Health {
        let started = Instant::now();
        let asked = tokio::time::timeout(CHECK_TIME, self.names()).await;
        let took = started.elapsed();
        match asked {
            Ok(Ok(names)) => Health::healthy(took).with_figure("collections", names.len() as u64),
            Ok(Err(error)) => Health::degraded(took, error.message()),
            Err(_) => Health::degraded(took, "the vectors do not answer; look at the database server"),
        }
    }

    async fn open(&self, spec: CollectionSpec) -> Result<Arc<dyn VectorCollection>> {
        spec.check(MAX_DIMENSION)?;
        let wanted = spec.clone();
        let id = transaction::run(Arc::clone(&self.pool), |db| Box::pin(open::collection(db, wanted))).await?;
        let Self { goes_on, exact_up_to, .. } = *self;
        let place = nearest::Place { id, dimension: spec.model.dimension, goes_on, exact_up_to: exact_up_to.into() };
        Ok(Arc::new(PostgresCollection { pool: Arc::clone(&self.pool), place, spec }))
    }

    async fn remove(&self, name: &str) -> Result<()> {
        let name = name.to_owned();
        transaction::run(Arc::clone(&self.pool), |db| Box::pin(async move { open::remove(db, &name).await })).await
    }

    async fn scrub(&self) -> Result<()> {
        Readers(Arc::clone(&self.pool)).ask(Scope::system(), |db| Box::pin(vacuum(db))).await
    }

    async fn names(&self) -> Result<Vec<String>> {
        Readers(Arc::clone(&self.pool)).ask(Scope::system(), |db| Box::pin(names(db))).await
    }
}
