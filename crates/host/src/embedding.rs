//! From the configured address to the model that makes vectors.

use std::sync::Arc;

use jarvis_core::{Result, ports::Embedder};
use jarvis_providers::embedders::StaticEmbedder;

use crate::EmbeddingTarget;

/// Opens it. A server that does not say how long its vectors are is asked once.
pub(crate) async fn open(target: &EmbeddingTarget) -> Result<Arc<dyn Embedder>> {
    Ok(match target {
        EmbeddingTarget::Static => StaticEmbedder::new()?,
    })
}
