//! Embeddings by an endpoint that speaks OpenAI's protocol: `POST {base}/embeddings`.

mod options;
mod wire;

use std::sync::Arc;

use jarvis_core::{Result, ports::Embedder};

pub use self::options::OpenAiEmbedderOptions;
use self::wire::Wire;
use super::remote::{Endpoint, Names, RemoteEmbedder};
use crate::http::Settings;

const NAMES: Names = Names {
    settings: Settings { url: "EMBEDDING_URL", example: "https://host/v1", key: Some("EMBEDDING_API_KEY") },
    check: "EMBEDDING_URL and EMBEDDING_MODEL",
};

/// Embeds by asking an endpoint.
#[derive(Debug)]
pub struct OpenAiEmbedder;

impl OpenAiEmbedder {
    /// Opens an endpoint without asking it: a start must not depend on another server.
    ///
    /// Errors name the setting to change.
    pub fn open(options: OpenAiEmbedderOptions) -> Result<Arc<dyn Embedder>> {
        options.check()?;
        let bounds = options.bounds();
        let wire = Wire::new(options.model);
        let endpoint = Endpoint::open(&options.base_url, "/embeddings", options.api_key.as_ref(), NAMES, wire)?;
        RemoteEmbedder::open(endpoint, bounds)
    }
}

#[cfg(fuzzing)]
pub(super) fn fuzz(bytes: &[u8]) {
    super::remote::fuzz(&Wire::new(String::new()), &NAMES, bytes);
}
