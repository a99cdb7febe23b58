//! What turns texts into vectors: a table inside the binary, a model from disk, an endpoint.

#[cfg(feature = "onnx")]
mod onnx;
#[cfg(feature = "openai")]
mod openai;
mod static_model;
mod vectors;

#[cfg(feature = "onnx")]
pub use onnx::OnnxEmbedder;
#[cfg(feature = "openai")]
pub use openai::{ApiKey, OpenAiEmbedder, OpenAiEmbedderOptions};
pub use static_model::StaticEmbedder;
