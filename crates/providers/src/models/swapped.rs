use std::sync::Arc;

use arc_swap::ArcSwap;
use async_trait::async_trait;
use jarvis_core::{
    Result,
    ports::{Health, LanguageModel, ModelInfo, ModelRequest, ModelStream},
};

/// A model that can be replaced while it is asked. Answers that have begun are finished by who began them.
#[derive(Debug)]
pub struct SwappedModel(ArcSwap<Arc<dyn LanguageModel>>);

impl SwappedModel {
    /// One that is `model` for now.
    pub fn new(model: Arc<dyn LanguageModel>) -> Self {
        Self(ArcSwap::from_pointee(model))
    }

    /// From now on it is `model`.
    pub fn replace(&self, model: Arc<dyn LanguageModel>) {
        self.0.store(Arc::new(model));
    }
}

#[async_trait]
impl LanguageModel for SwappedModel {
    async fn check(&self) -> Health {
        self.0.load_full().check().await
    }

    async fn models(&self) -> Result<Vec<ModelInfo>> {
        self.0.load_full().models().await
    }

    async fn resolve(&self, name: Option<&str>) -> Result<ModelInfo> {
        self.0.load_full().resolve(name).await
    }

    async fn complete(&self, request: ModelRequest) -> Result<ModelStream> {
        self.0.load_full().complete(request).await
    }
}
