//! The indexes of words and of vectors, on this server or in its database.

use std::sync::Arc;

use jarvis_core::{
    Error, Result,
    ports::{Clock, TextIndex, VectorIndex},
};
use jarvis_postgres::{PostgresOptions, PostgresTextIndex, PostgresVectorIndex};
use jarvis_providers::{
    measured::{MeasuredTextIndex, MeasuredVectorIndex},
    text::{TantivyIndex, TextOptions},
    vectors::{SlabIndex, VectorOptions},
};

use crate::{Config, DatabaseTarget, config::IndexPlace, fs, store::server_options};

/// Connections that an index in the database takes beside those of the store.
const CONNECTIONS: u32 = 4;

/// Both indexes, open.
pub(crate) struct Indexes {
    pub(crate) text: Arc<dyn TextIndex>,
    pub(crate) vectors: Arc<dyn VectorIndex>,
}

impl Indexes {
    /// Opens both at the same time: each reads files for some milliseconds, or asks a server.
    pub(crate) async fn open(config: &Config, clock: Arc<dyn Clock>) -> Result<Self> {
        let (text, vectors) = futures_util::try_join!(text(config, Arc::clone(&clock)), vectors(config, clock))?;
        Ok(Self { text, vectors })
    }
}

async fn text(config: &Config, clock: Arc<dyn Clock>) -> Result<Arc<dyn TextIndex>> {
    if let Some(options) = in_database(config, config.search.text_index) {
        return Ok(Arc::new(MeasuredTextIndex::new(PostgresTextIndex::open(options, clock).await?, "postgres_text")));
    }
    let dir = (!config.search.in_memory).then(|| config.data_dir.text_index());
    if let Some(dir) = &dir {
        fs::create_private_dir(dir)?;
    }
    let opening = tokio::task::spawn_blocking(move || TantivyIndex::open(dir, TextOptions::default()));
    Ok(Arc::new(MeasuredTextIndex::new(opening.await.map_err(Error::internal)??, "tantivy")))
}

async fn vectors(config: &Config, clock: Arc<dyn Clock>) -> Result<Arc<dyn VectorIndex>> {
    if let Some(options) = in_database(config, config.search.vector_index) {
        let index = PostgresVectorIndex::open(options, clock).await?;
        return Ok(Arc::new(MeasuredVectorIndex::new(index, "pgvector")));
    }
    let dir = (!config.search.in_memory).then(|| config.data_dir.vectors());
    let opening = tokio::task::spawn_blocking(move || SlabIndex::open(dir, VectorOptions::default()));
    Ok(Arc::new(MeasuredVectorIndex::new(opening.await.map_err(Error::internal)??, "slabs")))
}

fn in_database(config: &Config, place: IndexPlace) -> Option<PostgresOptions> {
    match (&config.database.target, place) {
        (DatabaseTarget::Postgres(address), IndexPlace::Database) => {
            let options = server_options(&config.database, address);
            // what was just written must be found, so no copy that lags behind is asked
            Some(PostgresOptions { max_connections: CONNECTIONS, replicas: Vec::new(), ..options })
        }
        _ => None,
    }
}
