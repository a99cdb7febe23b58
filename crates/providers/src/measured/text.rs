use std::sync::Arc;

use async_trait::async_trait;
use jarvis_core::{
    Result,
    observe::{Operation, SlowKind},
    ports::{Health, Snippet, TextHits, TextIndex, TextQuery, TextScores},
    types::{DocRef, OutboxEntry, OutboxSeq},
};

/// Measures an index of words.
#[derive(Debug)]
pub struct MeasuredTextIndex {
    inner: Arc<dyn TextIndex>,
    searches: Operation,
    scores: Operation,
    snippets: Operation,
    applies: Operation,
    commits: Operation,
}

impl MeasuredTextIndex {
    /// Measures `inner` under this name.
    pub fn new(inner: Arc<dyn TextIndex>, provider: &'static str) -> Self {
        let calls = |operation| Operation::new(provider, operation);
        Self {
            inner,
            searches: calls("search").slow_as(SlowKind::Search),
            scores: calls("score").slow_as(SlowKind::Search),
            snippets: calls("snippets").slow_as(SlowKind::Search),
            applies: calls("apply"),
            commits: calls("commit"),
        }
    }
}

#[async_trait]
impl TextIndex for MeasuredTextIndex {
    async fn check(&self) -> Health {
        self.inner.check().await
    }

    async fn apply(&self, entries: Vec<OutboxEntry>) -> Result<()> {
        self.applies.measure(self.inner.apply(entries)).await
    }

    async fn resume_at(&self, position: OutboxSeq) -> Result<()> {
        self.inner.resume_at(position).await
    }

    async fn search(&self, query: &TextQuery) -> Result<TextHits> {
        self.searches.measure(self.inner.search(query)).await
    }

    async fn score(&self, query: &TextQuery, docs: &[DocRef]) -> Result<TextScores> {
        self.scores.measure(self.inner.score(query, docs)).await
    }

    async fn snippets(&self, query: &str, texts: &[&str]) -> Result<Vec<Snippet>> {
        self.snippets.measure(self.inner.snippets(query, texts)).await
    }

    async fn count(&self) -> Result<u64> {
        self.inner.count().await
    }

    async fn commit(&self) -> Result<OutboxSeq> {
        self.commits.measure(self.inner.commit()).await
    }

    async fn scrub(&self) -> Result<()> {
        self.inner.scrub().await
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
