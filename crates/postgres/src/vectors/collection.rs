//! One collection.

use async_trait::async_trait;
use jarvis_core::{
    Error, Result, Scope,
    ports::{CollectionSpec, VectorChange, VectorCollection, VectorEntry, VectorHit, VectorQuery},
    types::{DocRef, OutboxSeq},
};
use pgvector::Vector;
use std::{collections::HashMap, sync::Arc};

use super::{
    changes::{Changes, check},
    nearest::{Place, cosine, nearest},
    open::define,
};
use crate::{
    db::Db,
    documents::{kind_of, position, references},
    error::{Attempt, Failure},
    pool,
    readers::Readers,
    row,
    run::Run,
    transaction,
};

/// Changes applied in one transaction.
const BATCH: usize = 256;

/// A handle on a collection. Whoever removes the collection, on whatever server, makes it answer `NotFound`.
#[derive(Clone, Debug)]
pub(super) struct PostgresCollection {
    pub(super) pool: Arc<pool::Place>,
    pub(super) place: Place,
    pub(super) spec: CollectionSpec,
}

fn removed() -> Failure {
    Error::not_found("collection").into()
}

/// The position and how many documents there are.
async fn state(db: &mut Db, id: i32) -> Attempt<(OutboxSeq, i64)> {
    let state = sqlx::query_file!("sql/vectors/state.sql", id).fetch_optional(db.connection()).await?;
    let state = state.ok_or_else(removed)?;
    Ok((row::count(state.position), state.documents))
}

/// Waits for its turn; answers the position reached.
async fn hold(db: &mut Db, id: i32) -> Attempt<OutboxSeq> {
    let position = sqlx::query_file_scalar!("sql/vectors/hold.sql", id).fetch_optional(db.connection()).await?;
    Ok(row::count(position.ok_or_else(removed)?))
}

async fn advance(db: &mut Db, id: i32, reached: OutboxSeq, grown: i64) -> Attempt<()> {
    let there = sqlx::query_file_scalar!("sql/vectors/advance.sql", id, position(reached), grown)
        .fetch_optional(db.connection())
        .await?;
    there.map(drop).ok_or_else(removed)
}

async fn apply(db: &mut Db, id: i32, entries: Vec<VectorEntry>) -> Attempt<()> {
    let changes = Changes::after(hold(db, id).await?, entries);
    let reached = changes.position;
    let mut removed = 0;
    if !changes.tags.is_empty() {
        let gone = sqlx::query_file!("sql/vectors/delete_tagged.sql", id, &changes.tags);
        removed += gone.execute(db.connection()).await?.rows_affected();
    }
    if !changes.gone.is_empty() {
        let (ids, kinds) = references(&changes.gone);
        let gone = sqlx::query_file!("sql/vectors/delete.sql", id, &ids, &kinds);
        removed += gone.execute(db.connection()).await?.rows_affected();
    }
    let columns = changes.columns();
    if !columns.ids.is_empty() {
        sqlx::query_file!(
            "sql/vectors/insert.sql",
            id,
            &columns.ids,
            &columns.kinds,
            &columns.times,
            &columns.tags,
            &columns.vectors as &[Vector],
        )
        .execute(db.connection())
        .await?;
    }
    advance(db, id, reached, columns.ids.len() as i64 - removed as i64).await
}

async fn search(db: &mut Db, place: Place, query: VectorQuery) -> Attempt<Vec<VectorHit>> {
    db.snapshot().await?;
    let (_, documents) = state(db, place.id).await?;
    nearest(db, place, documents, query).await
}

async fn score(db: &mut Db, id: i32, vector: Vec<f32>, docs: Vec<DocRef>) -> Attempt<Vec<Option<f32>>> {
    state(db, id).await?;
    let (ids, kinds) = references(&docs);
    let found = sqlx::query_file!("sql/vectors/score.sql", id, Vector::from(vector) as Vector, &ids, &kinds)
        .fetch_all(db.connection())
        .await?;
    let scores: HashMap<DocRef, f32> =
        found.into_iter().map(|row| (DocRef { kind: kind_of(row.kind), id: row.id }, cosine(row.score))).collect();
    Ok(docs.iter().map(|doc| scores.get(doc).copied()).collect())
}

async fn clear(db: &mut Db, id: i32) -> Attempt<()> {
    hold(db, id).await?;
    define(db, format!("TRUNCATE vector_documents_{id}")).await?;
    sqlx::query_file!("sql/vectors/reset.sql", id).execute(db.connection()).await?;
    Ok(())
}

impl PostgresCollection {
    async fn state(&self) -> Result<(OutboxSeq, i64)> {
        let id = self.place.id;
        Readers(Arc::clone(&self.pool)).ask(Scope::system(), move |db| Box::pin(state(db, id))).await
    }
}

#[async_trait]
impl VectorCollection for PostgresCollection {
    fn spec(&self) -> &CollectionSpec {
        &self.spec
    }

    async fn apply(&self, entries: Vec<VectorEntry>) -> Result<()> {
        for entry in &entries {
            if let VectorChange::Upsert(document) = &entry.change {
                check(&document.vector, self.spec.model.dimension)?;
            }
        }
        let (id, mut entries) = (self.place.id, entries.into_iter().peekable());
        if entries.peek().is_none() {
            return self.state().await.map(drop);
        }
        while entries.peek().is_some() {
            let batch: Vec<VectorEntry> = entries.by_ref().take(BATCH).collect();
            transaction::run(Arc::clone(&self.pool), move |db| Box::pin(apply(db, id, batch))).await?;
        }
        Ok(())
    }

    async fn resume_at(&self, position: OutboxSeq) -> Result<()> {
        let id = self.place.id;
        transaction::run(Arc::clone(&self.pool), move |db| Box::pin(advance(db, id, position, 0))).await
    }

    async fn nearest(&self, query: &VectorQuery) -> Result<Vec<VectorHit>> {
        check(&query.vector, self.spec.model.dimension)?;
        let (place, query) = (self.place, query.clone());
        let readers = Readers(Arc::clone(&self.pool));
        readers.ask(Scope::system(), move |db| Box::pin(search(db, place, query.clone()))).await
    }

    async fn score(&self, vector: &[f32], docs: &[DocRef]) -> Result<Vec<Option<f32>>> {
        check(vector, self.spec.model.dimension)?;
        let (id, vector, docs) = (self.place.id, vector.to_vec(), docs.to_vec());
        let readers = Readers(Arc::clone(&self.pool));
        let scope = Scope::system();
        readers.ask(scope, move |db| Box::pin(score(db, id, vector.clone(), docs.clone()))).await
    }

    async fn count(&self) -> Result<u64> {
        Ok(row::count(self.state().await?.1))
    }

    /// What was applied is durable already.
    async fn commit(&self) -> Result<OutboxSeq> {
        self.position().await
    }

    async fn position(&self) -> Result<OutboxSeq> {
        Ok(self.state().await?.0)
    }

    async fn applied(&self) -> Result<OutboxSeq> {
        self.position().await
    }

    async fn clear(&self) -> Result<()> {
        let id = self.place.id;
        transaction::run(Arc::clone(&self.pool), move |db| Box::pin(clear(db, id))).await
    }
}
