//! From the configured address to the model that makes vectors.

use std::sync::Arc;

use jarvis_core::{Error, Result, ports::Embedder};
use jarvis_providers::embedders::{
    BridgesEmbedder, BridgesEmbedderOptions, OnnxEmbedder, OpenAiEmbedder, OpenAiEmbedderOptions, StaticEmbedder,
};

use crate::EmbeddingTarget;

/// Opens it. A server is not asked yet: a start must not depend on it.
pub(crate) async fn open(target: &EmbeddingTarget) -> Result<Arc<dyn Embedder>> {
    Ok(match target {
        EmbeddingTarget::Static => StaticEmbedder::new()?,
        EmbeddingTarget::Onnx(dir) => {
            let dir = dir.clone();
            tokio::task::spawn_blocking(move || OnnxEmbedder::open(&dir)).await.map_err(Error::internal)??
        }
        EmbeddingTarget::OpenAi(endpoint) => {
            let options = OpenAiEmbedderOptions {
                api_key: endpoint.api_key.clone(),
                dimension: endpoint.dimension,
                ..OpenAiEmbedderOptions::new(&endpoint.url, &endpoint.model)
            };
            OpenAiEmbedder::open(options)?
        }
        EmbeddingTarget::Bridges(bridges) => {
            let options = BridgesEmbedderOptions::new(&bridges.url);
            BridgesEmbedder::open(BridgesEmbedderOptions { token: bridges.token.clone(), ..options })?
        }
    })
}
