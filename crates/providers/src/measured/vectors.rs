use std::sync::Arc;

use async_trait::async_trait;
use jarvis_core::{
    Result,
    observe::{Operation, SlowKind},
    ports::{CollectionSpec, Health, VectorCollection, VectorEntry, VectorHit, VectorIndex, VectorQuery},
    types::{DocRef, OutboxSeq},
};

/// Measures an index of vectors and its collections, all of them together: their names are made of those of models.
#[derive(Debug)]
pub struct MeasuredVectorIndex {
    inner: Arc<dyn VectorIndex>,
    calls: Arc<Calls>,
}

#[derive(Debug)]
struct Calls {
    searches: Operation,
    scores: Operation,
    applies: Operation,
    commits: Operation,
}

#[derive(Debug)]
struct MeasuredCollection {
    inner: Arc<dyn VectorCollection>,
    calls: Arc<Calls>,
}

impl MeasuredVectorIndex {
    /// Measures `inner` under this name.
    pub fn new(inner: Arc<dyn VectorIndex>, provider: &'static str) -> Self {
        let calls = |operation| Operation::new(provider, operation);
        let calls = Calls {
            searches: calls("nearest").slow_as(SlowKind::Search),
            scores: calls("score").slow_as(SlowKind::Search),
            applies: calls("apply"),
            commits: calls("commit"),
        };
        Self { inner, calls: Arc::new(calls) }
    }
}

#[async_trait]
impl VectorIndex for MeasuredVectorIndex {
    async fn check(&self) -> Health {
        self.inner.check().await
    }

    async fn open(&self, spec: CollectionSpec) -> Result<Arc<dyn VectorCollection>> {
        let inner = self.inner.open(spec).await?;
        Ok(Arc::new(MeasuredCollection { inner, calls: Arc::clone(&self.calls) }))
    }

    async fn remove(&self, name: &str) -> Result<()> {
        self.inner.remove(name).await
    }

    async fn scrub(&self) -> Result<()> {
        self.inner.scrub().await
    }

    async fn names(&self) -> Result<Vec<String>> {
        self.inner.names().await
    }
}

#[async_trait]
impl VectorCollection for MeasuredCollection {
    fn spec(&self) -> &CollectionSpec {
        self.inner.spec()
    }

    async fn apply(&self, entries: Vec<VectorEntry>) -> Result<()> {
        self.calls.applies.measure(self.inner.apply(entries)).await
    }

    async fn resume_at(&self, position: OutboxSeq) -> Result<()> {
        self.inner.resume_at(position).await
    }

    async fn nearest(&self, query: &VectorQuery) -> Result<Vec<VectorHit>> {
        self.calls.searches.measure(self.inner.nearest(query)).await
    }

    async fn score(&self, vector: &[f32], docs: &[DocRef]) -> Result<Vec<Option<f32>>> {
        self.calls.scores.measure(self.inner.score(vector, docs)).await
    }

    async fn count(&self) -> Result<u64> {
        self.inner.count().await
    }

    async fn commit(&self) -> Result<OutboxSeq> {
        self.calls.commits.measure(self.inner.commit()).await
    }

    async fn position(&self) -> Result<OutboxSeq> {
        self.inner.position().await
    }

    async fn applied(&self) -> Result<OutboxSeq> {
        self.inner.applied().await
    }

    async fn clear(&self) -> Result<()> {
        self.inner.clear().await
    }
}
