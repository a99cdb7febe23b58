//! The port.

use async_trait::async_trait;
use jarvis_core::{
    Error, Result, Scope,
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
use crate::{PostgresOptions, db::Db, error::Attempt, pool::Place, readers::Readers, run::Run, transaction};

/// Numbers in a vector at most: the extension takes no more.
const MAX_DIMENSION: usize = 16_000;
/// Bytes of the name of a model.
const MAX_MODEL_BYTES: usize = 1_000;
/// How long a check may take.
const CHECK_TIME: Duration = Duration::from_millis(1500);

/// Vectors on PostgreSQL with pgvector. Any number of servers may follow the store with the same index: each change is applied
/// by the first that comes to it.
#[derive(Clone, Debug)]
pub struct PostgresVectorIndex {
    pool: Arc<Place>,
    /// Whether the extension goes on along the graph until a filter has let enough through.
    goes_on: bool,
}

impl PostgresVectorIndex {
    /// Opens the index in the database that `options` name, making its tables where there are none.
    ///
    /// Errors: `Unavailable` when the server cannot be reached, or has no pgvector and lets it not be installed.
    pub async fn open(options: PostgresOptions, clock: Arc<dyn Clock>) -> Result<Arc<Self>> {
        let pool = Arc::new(Place::new(options, Arc::new(PlainSealer), clock)?);
        let goes_on = transaction::run(Arc::clone(&pool), |db| Box::pin(prepare(db))).await?;
        Ok(Arc::new(Self { pool, goes_on }))
    }

    /// Ends its connections once what runs on them is done.
    pub async fn close(&self) {
        self.pool.pool.close().await;
    }
}

async fn names(db: &mut Db) -> Attempt<Vec<String>> {
    Ok(sqlx::query_file_scalar!("sql/vectors/names.sql").fetch_all(db.connection()).await?)
}

/// Takes what was deleted out of the tables, in the time it needs. What is left of it in the server's log and in its backups
/// goes with them.
async fn vacuum(db: &mut Db) -> Attempt<()> {
    db.run("SET statement_timeout = 0").await?;
    let outcome = db.run("VACUUM vector_documents").await;
    db.run("RESET statement_timeout").await?;
    outcome
}

/// Whether a collection may be called so.
fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// Refuses what no collection can be.
fn check_spec(spec: &CollectionSpec) -> Result<()> {
    if !is_name(&spec.name) {
        return Err(Error::invalid("collection", "a name is 1 to 64 letters, digits, `-` and `_`"));
    }
    if !(1..=MAX_DIMENSION).contains(&spec.model.dimension) {
        let message = format!("vectors have 1 to {MAX_DIMENSION} numbers; choose another embedding model");
        return Err(Error::invalid("dimension", message));
    }
    if spec.model.id.len() > MAX_MODEL_BYTES {
        let message = format!("the name of an embedding model is at most {MAX_MODEL_BYTES} bytes long");
        return Err(Error::invalid("model", message));
    }
    Ok(())
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
        check_spec(&spec)?;
        let wanted = spec.clone();
        let id = transaction::run(Arc::clone(&self.pool), |db| Box::pin(open::collection(db, wanted))).await?;
        let place = nearest::Place { id, dimension: spec.model.dimension, goes_on: self.goes_on };
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
