//! From the configured address to the model that makes vectors.

use std::sync::Arc;

use jarvis_core::{Error, Result, ports::Embedder};
use jarvis_providers::{
    embedders::{
        BridgesEmbedder, BridgesEmbedderOptions, OnnxEmbedder, OpenAiEmbedder, OpenAiEmbedderOptions, StaticEmbedder,
    },
    measured::MeasuredEmbedder,
};

use crate::EmbeddingTarget;

/// Opens it. A server is not asked yet: a start must not depend on it.
pub(crate) async fn open(target: &EmbeddingTarget) -> Result<Arc<dyn Embedder>> {
    let (embedder, provider): (Arc<dyn Embedder>, _) = match target {
        EmbeddingTarget::Static => (StaticEmbedder::new()?, "static"),
        EmbeddingTarget::Onnx(dir) => {
            let dir = dir.clone();
            let opening = tokio::task::spawn_blocking(move || OnnxEmbedder::open(&dir));
            (opening.await.map_err(Error::internal)??, "onnx")
        }
        EmbeddingTarget::OpenAi(endpoint) => {
            let options = OpenAiEmbedderOptions {
                api_key: endpoint.api_key.clone(),
                dimension: endpoint.dimension,
                ..OpenAiEmbedderOptions::new(&endpoint.url, &endpoint.model)
            };
            (OpenAiEmbedder::open(options)?, "openai_embeddings")
        }
        EmbeddingTarget::Bridges(bridges) => {
            let options = BridgesEmbedderOptions::new(&bridges.url);
            let options = BridgesEmbedderOptions { token: bridges.token.clone(), ..options };
            (BridgesEmbedder::open(options)?, "bridges_embeddings")
        }
    };
    Ok(Arc::new(MeasuredEmbedder::new(embedder, provider)))
}
