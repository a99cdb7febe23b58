//! Opening whole stores to be copied one into the other.

use std::sync::Arc;

use jarvis_core::{
    Error, Result,
    ports::{
        Clock, SystemIds,
        transfer::{TransferSource, TransferTarget},
    },
    types::NodeId,
};
use jarvis_engine::Moving;
use jarvis_postgres::PostgresTransfer;
use jarvis_sqlite::SqliteTransfer;

use crate::{DataDir, DatabaseTarget, fs, node::node_of};

/// Opens two stores, so that the first can be copied into the second. Both are kept from everybody else until it is dropped.
/// Whoever calls must own the data directory: its indexes belong to one of the stores.
///
/// Errors: `Invalid` when both are the same, and those of the stores.
pub async fn moving(
    from: &DatabaseTarget,
    to: &DatabaseTarget,
    data_dir: &DataDir,
    clock: Arc<dyn Clock>,
) -> Result<Moving> {
    if from == to {
        return Err(Error::invalid("to", "a store cannot be moved into itself; name another one with --to"));
    }
    let source = source(from, Arc::clone(&clock)).await?;
    let target = target(to, Arc::clone(&clock)).await?;
    let moving = Moving::new(source, from.to_string(), target, clock);
    Ok(moving.with_node(node_in(from, data_dir)?, node_in(to, data_dir)?))
}

/// What the node of a data directory is called in a store.
fn node_in(store: &DatabaseTarget, data_dir: &DataDir) -> Result<NodeId> {
    match store {
        DatabaseTarget::Sqlite(_) => Ok(NodeId::local()),
        DatabaseTarget::Postgres(_) => node_of(data_dir, &SystemIds),
    }
}

async fn source(from: &DatabaseTarget, clock: Arc<dyn Clock>) -> Result<Arc<dyn TransferSource>> {
    match from.clone() {
        DatabaseTarget::Sqlite(path) => blocking(move || Ok(SqliteTransfer::source(&path, &*clock)? as _)).await,
        DatabaseTarget::Postgres(address) => Ok(PostgresTransfer::source(address.reveal(), &*clock).await?),
    }
}

async fn target(to: &DatabaseTarget, clock: Arc<dyn Clock>) -> Result<Arc<dyn TransferTarget>> {
    match to.clone() {
        DatabaseTarget::Sqlite(path) => {
            blocking(move || {
                fs::create_private(&path)?;
                Ok(SqliteTransfer::target(&path, &*clock)? as _)
            })
            .await
        }
        DatabaseTarget::Postgres(address) => Ok(PostgresTransfer::target(address.reveal(), &*clock).await?),
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}
