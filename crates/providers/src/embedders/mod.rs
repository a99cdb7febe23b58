//! What turns texts into vectors: a table inside the binary, a model from disk, an endpoint, the Python bridges.

#[cfg(feature = "bridges")]
mod bridges;
#[cfg(feature = "onnx")]
mod onnx;
#[cfg(feature = "openai")]
mod openai;
#[cfg(any(feature = "bridges", feature = "openai"))]
mod remote;
mod static_model;
mod vectors;

#[cfg(any(feature = "bridges", feature = "ollama", feature = "openai"))]
pub use crate::ApiKey;
#[cfg(feature = "bridges")]
pub use bridges::{BridgesEmbedder, BridgesEmbedderOptions};
#[cfg(feature = "onnx")]
pub use onnx::OnnxEmbedder;
#[cfg(feature = "openai")]
pub use openai::{OpenAiEmbedder, OpenAiEmbedderOptions};
pub use static_model::StaticEmbedder;

/// What `fuzz/` drives: what servers answer with vectors.
#[cfg(all(fuzzing, feature = "bridges", feature = "openai"))]
pub fn fuzz(bytes: &[u8]) {
    openai::fuzz(bytes);
    bridges::fuzz(bytes);
}
