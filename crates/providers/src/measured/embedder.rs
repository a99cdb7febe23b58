use std::sync::Arc;

use async_trait::async_trait;
use jarvis_core::{
    Result,
    observe::Operation,
    ports::{EmbedPurpose, Embedder, EmbeddingModel, Health},
    text::Language,
};

/// Measures what makes vectors.
#[derive(Debug)]
pub struct MeasuredEmbedder {
    inner: Arc<dyn Embedder>,
    queries: Operation,
    passages: Operation,
}

impl MeasuredEmbedder {
    /// Measures `inner` under this name.
    pub fn new(inner: Arc<dyn Embedder>, provider: &'static str) -> Self {
        let calls = |operation| Operation::new(provider, operation);
        Self { inner, queries: calls("embed_query"), passages: calls("embed_passages") }
    }
}

#[async_trait]
impl Embedder for MeasuredEmbedder {
    async fn check(&self) -> Health {
        self.inner.check().await
    }

    async fn model(&self) -> Result<EmbeddingModel> {
        self.inner.model().await
    }

    fn knows(&self, language: Language) -> bool {
        self.inner.knows(language)
    }

    fn similar_from(&self) -> f32 {
        self.inner.similar_from()
    }

    async fn embed(&self, purpose: EmbedPurpose, texts: &[&str]) -> Result<Vec<Vec<f32>>> {
        let calls = match purpose {
            EmbedPurpose::Query => &self.queries,
            EmbedPurpose::Passage => &self.passages,
        };
        calls.measure(self.inner.embed(purpose, texts)).await
    }
}
