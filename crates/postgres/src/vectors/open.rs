//! Making the tables, and collections in them.
//!
//! They are none of the store's migrations: an index can be made again at any time, may lie in another database, and the
//! store must not need the extension.

use jarvis_core::{ErrorKind, ports::CollectionSpec};
use sqlx::{AssertSqlSafe, Executor};

use crate::{
    db::Db,
    error::{Attempt, Failure},
};

/// Names the lock under which tables and collections are made among the database's advisory locks.
const LOCK: i64 = i64::from_be_bytes(*b"jrvsvect");

/// The largest vectors that an HNSW graph takes; larger ones are looked at one by one.
pub(super) const GRAPH_DIMENSION: usize = 2_000;

/// Makes the tables where there are none. Answers whether the extension goes on along the graph until a filter has let enough
/// through: from its version 0.8 on. Within a transaction.
pub(super) async fn prepare(db: &mut Db) -> Attempt<bool> {
    lock(db).await?;
    let version = match version(db).await? {
        Some(version) => version,
        None => install(db).await?,
    };
    let exists = sqlx::query_file_scalar!("sql/vectors/exists.sql").fetch_one(db.connection()).await?;
    if !exists {
        db.run(include_str!("../../sql/vectors/create.sql")).await?;
    }
    Ok(goes_on(&version))
}

async fn lock(db: &mut Db) -> Attempt<()> {
    sqlx::query_file!("sql/locks/transaction.sql", LOCK).execute(db.connection()).await?;
    Ok(())
}

async fn version(db: &mut Db) -> Attempt<Option<String>> {
    Ok(sqlx::query_file_scalar!("sql/vectors/extension.sql").fetch_optional(db.connection()).await?)
}

async fn install(db: &mut Db) -> Attempt<String> {
    let missing = |cause: Failure| -> Failure {
        if cause.is_loss() {
            return cause;
        }
        ErrorKind::Unavailable
            .error(
                "the database has no pgvector, which search.vector_index = \"database\" needs; install it on the database's \
                 server and run CREATE EXTENSION vector in this database as its administrator, or set search.vector_index \
                 to \"local\"",
            )
            .with_source(jarvis_core::Error::from(cause))
            .into()
    };
    db.run("CREATE EXTENSION vector").await.map_err(missing)?;
    Ok(version(db).await?.unwrap_or_default())
}

fn goes_on(version: &str) -> bool {
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) >= (0, 8)
}

/// The collection of a specification, made when it is not there; one of another model goes first. Within a transaction.
pub(super) async fn collection(db: &mut Db, spec: CollectionSpec) -> Attempt<i32> {
    lock(db).await?;
    let there = sqlx::query_file!("sql/vectors/collection.sql", spec.name).fetch_optional(db.connection()).await?;
    let dimension = i32::try_from(spec.model.dimension).unwrap_or(i32::MAX);
    match there {
        Some(there) if there.model == spec.model.id && there.dimension == dimension => return Ok(there.id),
        Some(_) => remove(db, &spec.name).await?,
        None => {}
    }
    let id = sqlx::query_file_scalar!("sql/vectors/add_collection.sql", spec.name, spec.model.id, dimension)
        .fetch_one(db.connection())
        .await?;
    let part = format!("CREATE TABLE vector_documents_{id} PARTITION OF vector_documents FOR VALUES IN ({id})");
    define(db, part).await?;
    if spec.model.dimension <= GRAPH_DIMENSION {
        let graph = format!(
            "CREATE INDEX vector_documents_{id}_nearest ON vector_documents_{id} USING hnsw \
             ((embedding::vector({dimension})) vector_ip_ops)"
        );
        define(db, graph).await?;
    }
    Ok(id)
}

/// Removes a collection if there is one. Within a transaction.
pub(super) async fn remove(db: &mut Db, name: &str) -> Attempt<()> {
    let gone = sqlx::query_file_scalar!("sql/vectors/remove_collection.sql", name);
    if let Some(id) = gone.fetch_optional(db.connection()).await? {
        define(db, format!("DROP TABLE vector_documents_{id}")).await?;
    }
    Ok(())
}

/// Runs a statement that is made of nothing but numbers and words of this file.
pub(super) async fn define(db: &mut Db, sql: String) -> Attempt<()> {
    db.connection().execute(sqlx::raw_sql(AssertSqlSafe(sql))).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::goes_on;

    #[test]
    fn iterative_scans_came_with_a_version() {
        assert!(!goes_on("0.6.2") && !goes_on("0.7") && !goes_on(""));
        assert!(goes_on("0.8.0") && goes_on("0.10.1") && goes_on("1.0"));
    }
}
